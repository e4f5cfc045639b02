package main

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"xpt/internal/train"
	"xpt/training"
)

// Every number on every command line is held to a range, and what is refused
// says which.
func TestNumbersAreHeldToTheirRange(t *testing.T) {
	for _, command := range commands {
		cmd := command()
		for _, flag := range cmd.Flags {
			f, ok := flag.(*cli.GenericFlag)
			if !ok {
				continue
			}
			before := f.Value.String()
			for _, text := range []string{"", "x", "-7", "NaN", "+Inf", "1e999", "-0.5"} {
				if err := f.Value.Set(text); err == nil || !strings.HasPrefix(err.Error(), "expected a ") {
					t.Errorf("%s --%s %q: error %v", cmd.Name, f.Name, text, err)
				}
			}
			if f.Value.String() != before {
				t.Errorf("%s --%s: a value that was refused is kept", cmd.Name, f.Name)
			}
			if err := f.Value.Set(before); err != nil {
				t.Errorf("%s --%s: its default %s: %v", cmd.Name, f.Name, before, err)
			}
		}
	}
}

// What was given wrong is told before anything is read, in one line that says
// what is allowed.
func TestWrongNumbersAreRefused(t *testing.T) {
	for args, want := range map[string]string{
		"train --dropout -0.5":              "train: invalid value \"-0.5\" for flag --dropout: expected a number, -1, or at least 0 and below 1; xpt train --help lists the flags",
		"train --label-smoothing 1":         "at least 0 and below 1",
		"train --learning-rate -1e-3":       "at least 0",
		"train --learning-rate nan":         "expected a number",
		"train --batch-size 0":              "at least 1",
		"train --epochs 1e9":                "expected a whole number, at least 1 and at most 1000000",
		"train --batch-size 4 --seed -1":    "expected a whole number from 0",
		"train --json=maybe":                "invalid boolean value \"maybe\" for --json: expected true or false",
		"generate --top-p 0":                "above 0 and at most 1",
		"generate --repetition-penalty 0":   "above 0",
		"generate --temperature inf":        "expected a number",
		"generate --text x --top-k 5":       "need a temperature",
		"doctor --threads -1":               "expected a whole number, at least 0",
		"score --text x --languages en":     "--languages goes with --template",
		"score --text x --limit 4":          "--limit goes with --template",
		"embed --checkpoint= --text x":      "--checkpoint is empty",
		"tokenize --tokenizer=":             "--tokenizer is empty",
		"study ":                            "an argument is empty",
		"train --out r --accumulate 64":     "--checkpoint is missing",
		"eval run":                          "--data is missing",
		"train --checkpoint c --resume":     "--out is missing",
		"train --epochs":                    "train: --epochs needs a value; xpt train --help lists the flags",
		"nothing":                           `unknown command "nothing": xpt --help lists them`,
		"--flag":                            "unknown flag --flag; xpt --help lists the commands",
		"bench --repeat 0":                  "at least 1",
		"embed --text x --out y --pool max": "neither mean nor last",
	} {
		stdout, stderr, status := invoke(t, strings.Split(args, " ")...)
		if status != userError || stdout != "" || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("xpt %s: status %d, %q, %q, want one line with %q", args, status, stdout, stderr, want)
		}
	}
}

// The range of a flag is that of the setting in a run, whoever wrote it.
func TestOptionsAreHeldToTheirRange(t *testing.T) {
	o := training.Defaults()
	o.Checkpoint, o.Task, o.Method, o.Data, o.Dropout = "c", "udpos", "head", "d", math.NaN()
	if _, err := train.Resolve(o); err == nil || err.Error() != "--dropout NaN: expected -1, or at least 0 and below 1" {
		t.Errorf("error %v", err)
	}
}

func TestThreadsAreCapped(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	_, stderr, status := invoke(t, "tokenize", "--threads", "1000000", "--tokenizer", unpackedTokenizer(t), writeFile(t, t.TempDir(), "empty.txt", ""))
	if got := runtime.GOMAXPROCS(0); status != 0 || got > runtime.NumCPU() || !strings.Contains(stderr, "no more threads are used") {
		t.Errorf("status %d, %d threads: %s", status, got, stderr)
	}
	stdout, stderr, status := invoke(t, "doctor", "--threads", "1000000")
	want := fmt.Sprintf("threads of an operation: %d", runtime.NumCPU())
	if status != 0 || !strings.Contains(stdout, want) || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "no more threads are used") {
		t.Errorf("status %d: %s%s", status, stdout, stderr)
	}
}
