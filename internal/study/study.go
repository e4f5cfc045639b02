package study

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Study is what a study file asks for, resolved.
type Study struct {
	Title       string   `json:"title"`
	Checkpoint  string   `json:"checkpoint"`
	Data        string   `json:"data"`
	Pretraining string   `json:"pretraining,omitempty"` // the table that was used: xglm, a path, or empty for none
	Language    string   `json:"language"`              // trained on
	Tasks       []string `json:"tasks"`
	Methods     []string `json:"methods"` // in the order of tables
	Pools       []string `json:"pools"`
	Seeds       []uint64 `json:"seeds"`
	Cells       []Cell   `json:"cells"` // all of them, also those that another shard runs
}

// Read reads the study that a folder holds.
func Read(dir string) (s Study, err error) {
	path := filepath.Join(dir, studyFile)
	b, err := os.ReadFile(path)
	if err != nil {
		return s, fmt.Errorf("%s holds no study: %w", dir, err)
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}
