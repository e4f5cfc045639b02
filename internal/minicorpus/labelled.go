package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Sizes of the labelled files, in sentences (pairs for xnli); test is per language.
const trainSize, devSize, testSize = 1500, 200, 200

// example is a sentence, or a labelled pair of sentences.
type example struct {
	first, second Sentence
	label         string
}

// examples returns a task's examples by split: train, dev, test. English sentences are unique over all splits.
func examples(task string, w *world, english *language) map[string][]example {
	out := map[string][]example{}
	seen := map[string]bool{}
	for i, split := range []struct {
		name string
		size int
	}{{"test", testSize}, {"dev", devSize}, {"train", trainSize}} {
		s := w.sampler(uint64(len(task)*10+i), split.name != "test")
		for n := len(out[split.name]); n < split.size; n = len(out[split.name]) {
			e := s.example(task, n)
			key := english.key(e)
			if !seen[key] {
				seen[key] = true
				out[split.name] = append(out[split.name], e)
			}
		}
	}
	return out
}

func (l *language) key(e example) string {
	k := text(l.sentence(e.first))
	if e.label != "" {
		k += "\t" + text(l.sentence(e.second))
	}
	return k
}

// example draws the n-th example of a task; labels take turns.
func (s *sampler) example(task string, n int) example {
	switch task {
	case "xnli":
		p := s.pair(labels[n%len(labels)])
		return example{Sentence{First: p.premise}, Sentence{First: p.hypothesis}, p.label}
	case "panx":
		return example{first: s.sentence(nameTaste)}
	}
	return example{first: s.sentence(plainTaste)}
}

var tasks = []string{"udpos", "panx", "xnli"}

// write formats an example for the file of its task.
func (l *language) write(task string, e example) string {
	if task == "xnli" {
		return l.key(e) + "\t" + e.label + "\n"
	}
	var b strings.Builder
	for _, t := range l.sentence(e.first) {
		tag := t.tag
		if task == "panx" {
			tag = t.entity
		}
		fmt.Fprintf(&b, "%s\t%s\n", t.text, tag)
	}
	return b.String() + "\n"
}

// writeLabelled writes {udpos,panx,xnli}/{train,dev,test}-{lang}.tsv under dir.
func writeLabelled(dir string) error {
	w, langs, err := load()
	if err != nil {
		return err
	}
	for _, task := range tasks {
		if err := os.MkdirAll(filepath.Join(dir, task), 0o755); err != nil {
			return err
		}
		for split, es := range examples(task, w, langs[0]) {
			for _, l := range langs {
				if l.code != "en" && split != "test" {
					continue
				}
				var b strings.Builder
				for _, e := range es {
					b.WriteString(l.write(task, e))
				}
				if l.err != nil {
					return l.err
				}
				name := filepath.Join(dir, task, split+"-"+l.code+".tsv")
				if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func load() (*world, []*language, error) {
	w, err := loadWorld()
	if err != nil {
		return nil, nil, err
	}
	langs, err := loadLanguages()
	return w, langs, err
}
