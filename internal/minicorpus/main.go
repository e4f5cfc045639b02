// Command minicorpus writes the mini corpus: sentences in nine languages and four scripts, made from the templates and
// words in lexicon/, with part-of-speech tags, entities and entailment labels, in the layout of XTREME.
//
//	go run ./internal/minicorpus OUTDIR              the labelled files: udpos/, panx/, xnli/
//	go run ./internal/minicorpus -text OUTDIR        the unlabelled pretraining text: train.txt, dev.txt
//
// English has train, dev and test; the other languages have test only, the same sentences as English test.
// The same program writes the same bytes.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	text := flag.Bool("text", false, "write the pretraining text instead of the labelled files")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: minicorpus [-text] OUTDIR")
		os.Exit(1)
	}
	write := writeLabelled
	if *text {
		write = writeText
	}
	if err := write(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "minicorpus:", err)
		os.Exit(1)
	}
}
