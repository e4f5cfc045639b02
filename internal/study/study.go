package study

import (
	"fmt"
	"path/filepath"
	"strings"

	"xpt/internal/jsonfile"
	"xpt/internal/regular"
	"xpt/internal/usererror"
)

// Study is a resolved study file.
type Study struct {
	Title       string   `json:"title"`
	Checkpoint  string   `json:"checkpoint"`
	Data        string   `json:"data"`
	Pretraining string   `json:"pretraining,omitempty"` // the table: xglm or a path; unknown; or empty for none
	Language    string   `json:"language"`              // source language, or several with commas
	Tasks       []string `json:"tasks"`
	Methods     []string `json:"methods"` // in the order of tables
	Pools       []string `json:"pools"`
	Seeds       []uint64 `json:"seeds"`
	EvalLimit   int      `json:"eval_limit,omitempty"` // examples evaluated of each language, drawn by the first seed; 0: all
	Cells       []Cell   `json:"cells"`                // of all shards, without the trials
	Trials      []Cell   `json:"trials,omitempty"`     // of all shards, by task, method and then in the order of the grid
	FewShot     []Cell   `json:"few_shot,omitempty"`   // of all shards, that start from the runs of cells
	Command     string   `json:"command,omitempty"`    // that ran it last
}

// source is the first source language, which others are compared with.
func (s Study) source() string {
	first, _, _ := strings.Cut(s.Language, ",")
	return first
}

// Read reads the study of a folder.
func Read(dir string) (s Study, err error) {
	path := filepath.Join(dir, studyFile)
	b, err := regular.ReadFile(path, largestResult)
	if err != nil {
		return s, fmt.Errorf("%s holds no study: %w", dir, err)
	}
	if err = jsonfile.Unmarshal(b, &s); err == nil {
		err = s.check()
	}
	if err != nil {
		return s, usererror.Errorf("%s is damaged (%w): xpt study writes it again", path, err)
	}
	return s, nil
}
