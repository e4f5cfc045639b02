package train

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"xpt/datasets"
	"xpt/heads"
	"xpt/tokenize"
	"xpt/training"
)

// Data is a task's data below one folder. Each split of a language is read once, and turned into
// rows once for all runs that read it alike.
type Data struct {
	Task  datasets.Task
	Dir   string
	parts map[[2]string]*Part // by split and language
}

// Part is one split in one language.
type Part struct {
	Split, Language string
	Examples        []datasets.Example
	Files           []string       // that it was read from
	Odd             []datasets.Odd // rows of them
	Digest          string         // checksum of the examples
	items           map[encoding][]Item
}

// encoding is what the rows depend on beside the examples.
type encoding struct {
	tokenizer *tokenize.Tokenizer
	pool      heads.SubToken
	maxLength int
}

// NewData reads nothing yet.
func NewData(task datasets.Task, dir string) *Data {
	return &Data{Task: task, Dir: dir, parts: map[[2]string]*Part{}}
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
	key := [2]string{split, language}
	if p := d.parts[key]; p != nil {
		return p, nil
	}
	examples, diagnostics, err := d.Task.LoadWithDiagnostics(d.Dir, split, language)
	if err != nil {
		return nil, err
	}
	p := newPart(split, language, examples)
	p.Files, p.Odd = diagnostics.Files, diagnostics.Odd
	d.parts[key] = p
	return p, nil
}

func newPart(split, language string, examples []datasets.Example) *Part {
	return &Part{Split: split, Language: language, Examples: examples, Digest: digest(examples), items: map[encoding][]Item{}}
}

// first is a part of the first n examples, 0 for all.
func (d *Data) first(p *Part, n int) *Part {
	if n == 0 || n >= len(p.Examples) {
		return p
	}
	key := [2]string{fmt.Sprintf("%s[:%d]", p.Split, n), p.Language}
	if d.parts[key] == nil {
		d.parts[key] = newPart(p.Split, p.Language, p.Examples[:n])
		d.parts[key].Files, d.parts[key].Odd = p.Files, p.Odd
	}
	return d.parts[key]
}

// Items are the part's rows.
func (d *Data) Items(e Encoder, p *Part) ([]Item, error) {
	how := encoding{e.Tokenizer, e.Pool, e.MaxLength}
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

// trainingParts reads what a run trains on, and what chooses its best state.
func (d *Data) trainingParts(o training.Options) (training, dev *Part, err error) {
	if training, err = d.Part("train", o.Language); err != nil {
		return nil, nil, err
	}
	if dev, err = d.Part("dev", o.Language); err != nil {
		return nil, nil, fmt.Errorf("the best state is chosen on a dev split: %w", err)
	}
	return d.first(training, o.Limit), dev, nil
}

// TrainingDigest is the checksum of what a run with these options trains on, as its record has it.
func (d *Data) TrainingDigest(o training.Options) (string, error) {
	training, dev, err := d.trainingParts(o)
	if err != nil {
		return "", err
	}
	return trainingDigest(training, dev), nil
}

// Seen says what a run knows of a part: it was trained on its examples, or they chose its best state;
// empty for neither.
func Seen(r training.Record, p *Part) string {
	training, dev, _ := strings.Cut(r.Data, "-")
	switch p.Digest {
	case training:
		return "trained on"
	case dev:
		return "chose the state"
	}
	return ""
}

func trainingDigest(training, dev *Part) string { return training.Digest + "-" + dev.Digest }

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
