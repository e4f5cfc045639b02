package train

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/heads"
	"xpt/internal/zeroshot"
	"xpt/tokenize"
	"xpt/training"
)

// Data is a task's data below one folder. Each split of a language is read once, and turned into
// rows once for all runs that read it alike.
type Data struct {
	Task  datasets.Task
	Dir   string
	parts map[partKey]*Part
}

// Part is one split in one language.
type Part struct {
	Split, Language string
	Examples        []datasets.Example
	Of              int            // examples that the files have; more than are here where some were drawn
	Files           []string       // that it was read from
	Odd             []datasets.Odd // rows of them
	Digest          string         // checksum of the examples
	items           map[encoding][]Item
}

type partKey struct {
	split, language string
	limit           datasets.Limit
	shots           bool // the limit is of each label
}

// encoding is what the rows depend on beside the examples.
type encoding struct {
	tokenizer *tokenize.Tokenizer
	pool      heads.SubToken
	maxLength int
	words     zeroshot.Words
}

// NewData reads nothing yet.
func NewData(task datasets.Task, dir string) *Data {
	return &Data{Task: task, Dir: dir, parts: map[partKey]*Part{}}
}

// Below is a file's path as seen from the data folder.
func (d *Data) Below(file string) string {
	if below, err := filepath.Rel(d.Dir, file); err == nil {
		file = below
	}
	return filepath.ToSlash(file)
}

// Part reads a split in a language.
func (d *Data) Part(split, language string) (*Part, error) {
	key := partKey{split: split, language: language}
	if p := d.parts[key]; p != nil {
		return p, nil
	}
	examples, diagnostics, err := d.Task.LoadWithDiagnostics(d.Dir, split, language)
	if err != nil {
		return nil, err
	}
	p := newPart(split, language, examples, len(examples))
	p.Files, p.Odd = diagnostics.Files, diagnostics.Odd
	d.parts[key] = p
	return p, nil
}

func newPart(split, language string, examples []datasets.Example, of int) *Part {
	return &Part{Split: split, Language: language, Examples: examples, Of: of, Digest: digest(examples), items: map[encoding][]Item{}}
}

// Drawn is [Data.Part] with a limit.
func (d *Data) Drawn(split, language string, limit datasets.Limit) (*Part, error) {
	whole, err := d.Part(split, language)
	if err != nil || limit.N == 0 || limit.N >= whole.Of {
		return whole, err
	}
	key := partKey{split: split, language: language, limit: limit}
	if d.parts[key] == nil {
		p := newPart(split, language, limit.Draw(whole.Examples), whole.Of)
		p.Files, p.Odd = whole.Files, whole.Odd
		d.parts[key] = p
	}
	return d.parts[key], nil
}

// Sample counts the examples.
func (p *Part) Sample() datasets.Sample { return datasets.Sample{Examples: len(p.Examples), Of: p.Of} }

// Items are the part's rows.
func (d *Data) Items(e Encoder, p *Part) ([]Item, error) {
	how := encoding{e.Tokenizer, e.Pool, e.MaxLength, e.Words}
	if items, ok := p.items[how]; ok {
		return items, nil
	}
	items, err := e.Items(p.Examples)
	if err != nil {
		return nil, err
	}
	p.items[how] = items
	return items, nil
}

// TrainingDigest is the checksum of what a run with these options trains on, as its record has it.
func (d *Data) TrainingDigest(o training.Options) (string, error) {
	s, err := d.sources(o)
	if err != nil {
		return "", err
	}
	return s.digest(), nil
}

// Seen says what a run knows of a split in a language, also where it or the run takes only some of its
// examples: it, or the run that it started from, was trained on them, or they chose its best state; empty for neither.
func (d *Data) Seen(r training.Record, split, language string) (string, error) {
	training, dev, _ := strings.Cut(r.Data, "-")
	o := r.Options
	type use struct {
		what, digests string
		limit         int
	}
	uses := []use{{"trained on", training, o.Limit}}
	if o.Shots == 0 { // with shots the last state is kept
		uses = append(uses, use{"chose the state", dev, o.DevLimit})
	}
	for _, use := range uses {
		p, err := d.Drawn(split, language, datasets.Limit{N: use.limit, Seed: o.Seed})
		if err != nil {
			return "", err
		}
		if slices.Contains(strings.Split(use.digests, "+"), p.Digest) {
			return use.what, nil
		}
	}
	if o.Shots > 0 {
		p, err := d.shots(split, language, datasets.Limit{N: o.Shots, Seed: o.Seed})
		if err == nil && p.Digest == training { // a split with too few examples is none that shots were drawn from
			return "trained on some", nil
		}
	}
	if r.Origin != nil {
		return d.Seen(*r.Origin, split, language)
	}
	return "", nil
}

// digest is a checksum of all that the examples say, not of the files that they stand in.
func digest(examples []datasets.Example) string {
	h := sha256.New()
	w := bufio.NewWriter(h)
	for _, x := range examples {
		for _, list := range [][]string{{x.ID, x.Text, x.Pair, x.Label}, x.Words, x.Tags, x.Choices} {
			fmt.Fprintf(w, "%d;", len(list))
			for _, s := range list {
				fmt.Fprintf(w, "%d:", len(s))
				io.WriteString(w, s)
			}
		}
	}
	w.Flush()
	return hex.EncodeToString(h.Sum(nil)[:16])
}
