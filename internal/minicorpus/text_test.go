package main

import (
	"strings"
	"testing"
)

func TestPretrainingTextLeavesTestsOut(t *testing.T) {
	w, langs, err := load()
	if err != nil {
		t.Fatal(err)
	}
	english := langs[0]
	free, kept := newWriter(w, langs, 9), newWriter(w, langs, 9)
	if len(kept.tests) != len(tasks)*testSize {
		t.Errorf("%d tests are left out, want %d", len(kept.tests), len(tasks)*testSize)
	}
	first := free.unseen()
	kept.tests[text(english.sentence(first))] = true
	if again := kept.unseen(); text(english.sentence(again)) == text(english.sentence(first)) {
		t.Errorf("a test sentence was drawn: %s", text(english.sentence(first)))
	}
	free, kept = newWriter(w, langs, 9), newWriter(w, langs, 9)
	same := w.sampler(9, false)
	p := same.pair(labels[same.r.IntN(len(labels))]) // what argument draws first
	kept.tests[english.key(example{Sentence{First: p.premise}, Sentence{First: p.hypothesis}, p.label})] = true
	if a, b := strings.Join(free.argument(), "\t"), strings.Join(kept.argument(), "\t"); a == b {
		t.Errorf("a test pair was drawn: %s", a)
	}
}

func TestPretrainingTextHasNoLabel(t *testing.T) {
	w, langs, err := load()
	if err != nil {
		t.Fatal(err)
	}
	tw := newWriter(w, langs, 1)
	for range 2000 {
		line := strings.Join(tw.line(), "\t")
		for _, l := range append(labels, "NOUN", "B-PER") {
			if strings.Contains(line, l) {
				t.Errorf("the label %q is in the pretraining text: %s", l, line)
			}
		}
	}
}
