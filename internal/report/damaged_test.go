package report

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"xpt/internal/damages"
	"xpt/internal/study"
	"xpt/internal/usererror"
)

// What no study wrote makes no report, which would replace a good one.
func TestEmptyStudiesMakeNoReport(t *testing.T) {
	f := small(t)
	s := f.study
	path := filepath.Join(f.dir, "study.json")
	for what, c := range map[string]struct {
		text   string
		change func(s *study.Study)
		want   string
	}{
		"nothing":      {text: "{}", want: "it has no cells"},
		"null":         {text: "null", want: "it has no cells"},
		"no cells":     {change: func(s *study.Study) { s.Cells = nil }, want: "it has no cells"},
		"a cell twice": {change: func(s *study.Study) { s.Cells = append(s.Cells, s.Cells[0]) }, want: "is there twice"},
		"many seeds": {change: func(s *study.Study) {
			s.Seeds = nil
			for seed := range uint64(100_000) {
				s.Seeds = append(s.Seeds, seed)
			}
		}, want: "it has 100000 seeds"},
		"a seed twice":      {change: func(s *study.Study) { s.Seeds = append(s.Seeds, s.Seeds[0]) }, want: "is there twice"},
		"a task's cells":    {change: func(s *study.Study) { s.Tasks = nil }, want: "has a task"},
		"a method's cells":  {change: func(s *study.Study) { s.Methods = s.Methods[1:] }, want: "has a task, a method"},
		"the cells' seeds":  {change: func(s *study.Study) { s.Seeds = []uint64{99} }, want: "has a task, a method or a seed"},
		"a cell of nothing": {text: `{"cells": [{}]}`, want: "has a task"},
	} {
		if c.change != nil {
			now := s
			now.Cells, now.Seeds = slices.Clone(s.Cells), slices.Clone(s.Seeds)
			c.change(&now)
			f.write("study.json", now)
		} else {
			f.raw("study.json", []byte(c.text))
		}
		if _, err := Make(f.dir); err == nil || !strings.HasPrefix(err.Error(), path+" is damaged (") || !strings.Contains(err.Error(), c.want) || !strings.HasSuffix(err.Error(), "xpt study writes it again") {
			t.Errorf("%s: error %v, want %q", what, err, c.want)
		}
	}
	f.write("study.json", s)
	for name, text := range map[string]string{
		"cells/xnli-prefix-1.json": "{}", "cells/xnli-full-1.json": "null", "cells/x.json": `{"status": "failed"}`,
		"analyses/xnli.json": `{"task": "xnli"}`, "analyses/distances/frozen.json": `{"backbone": "frozen"}`,
	} {
		sound, missing := os.ReadFile(filepath.Join(f.dir, name))
		f.raw(name, []byte(text))
		if _, err := Make(f.dir); err == nil || !strings.Contains(err.Error(), name+" is damaged") {
			t.Errorf("%s: error %v", name, err)
		}
		f.raw(name, sound)
		if missing != nil {
			os.Remove(filepath.Join(f.dir, name))
		}
	}
}

// Whatever is wrong in the files of a study, the report is made or refused with
// the file's name, and never ends in a panic.
func TestDamagedStudies(t *testing.T) {
	f := small(t)
	f.write("analyses/distances/frozen.json", study.Distances{Task: "xnli", Backbone: "frozen", Method: "frozen", Sentences: 10, Languages: []study.Distance{
		{Language: "en", Mean: []float64{0, 0}}, {Language: "de", Cosine: 0.2, Mean: []float64{1, 2}}}})
	for _, name := range []string{"study.json", "cells/xnli-prefix-1.json", "analyses/xnli.json", "analyses/distances/frozen.json"} {
		path := filepath.Join(f.dir, name)
		sound, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all, err := damages.Of(sound)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range all {
			if err := os.WriteFile(path, d.Text, 0o666); err != nil {
				t.Fatal(err)
			}
			func() {
				defer func() {
					if r := recover(); r != nil {
						t.Errorf("%s, %s: panic: %v", name, d.Where, r)
					}
				}()
				if _, err := Make(f.dir); err != nil && (!strings.Contains(err.Error(), path) || !errors.As(err, new(*usererror.Error))) {
					t.Errorf("%s, %s: error %v", name, d.Where, err)
				}
			}()
		}
		if err := os.WriteFile(path, sound, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
