// Package study runs a whole study on one backbone, tasks x methods x seeds, and keeps what came
// out in one folder, from which the report is made without the data and without the checkpoint.
package study

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/internal/jsonfile"
	"xpt/internal/pretraining"
	"xpt/internal/regular"
	"xpt/internal/usererror"
	"xpt/metrics"
	"xpt/training"
)

// A study folder holds
//
//	study.json                the Study, every setting spelled out
//	cells/CELL.json           an Outcome; CELL.lock is held by the process that works on it
//	runs/CELL/                the run folder that xpt train leaves
//	predictions/CELL/         predictions, in XTREME's layout
//	analyses/TASK.json        the Properties of the task's languages
//	analyses/distances/*.json Distances under one backbone
//	report/                   what xpt report makes of all this
//
// Each file is replaced whole, so that folders of several machines can be
// copied into one another.
const (
	studyFile      = "study.json"
	cellsDir       = "cells"
	runsDir        = "runs"
	predictionsDir = "predictions"
	analysesDir    = "analyses"
	distancesDir   = "analyses/distances"
)

// Likelihood is the method that a cell may have beside those of [train.Methods].
const Likelihood = "likelihood" // the zero-shot templates, scored by the untouched language model

// Cell is one training and its evaluation in every language; or, for the method likelihood, the
// evaluation alone, with no seed and no pool.
type Cell struct {
	Task   string `json:"task"`
	Method string `json:"method"`
	Pool   string `json:"pool,omitempty"` // of tagging: the sub-token that is a word, last or first
	Seed   uint64 `json:"seed"`
}

// Name is the cell's name in file names and tables, such as udpos-prefix-last-1.
func (c Cell) Name() string {
	name := c.Task + "-" + c.Method
	if c.Pool != "" {
		name += "-" + c.Pool
	}
	if c.Method == Likelihood {
		return name
	}
	return fmt.Sprintf("%s-%d", name, c.Seed)
}

// Outcome is what became of a cell.
type Outcome struct {
	Cell
	Status string          `json:"status"`          // done or failed
	Error  string          `json:"error,omitempty"` // why it failed
	Key    string          `json:"key"`             // checksum of settings, backbone, data: with the same one a cell stays
	Record training.Record `json:"record"`          // of likelihood only the checkpoint's part
	Split  string          `json:"split"`           // that was evaluated
	Ended  time.Time       `json:"ended,omitzero"`

	LeftOut []datasets.LeftOut `json:"left_out,omitempty"` // languages of the data that have nothing to score

	Languages []LanguageResult `json:"languages"`
	Seconds   float64          `json:"seconds"` // of training and evaluation
}

// The values of Outcome.Status.
const (
	Done   = "done"
	Failed = "failed"
)

// LanguageResult is how a cell does in one language, with what intervals and paired tests need.
type LanguageResult struct {
	metrics.LanguageResult
	ByExample ExampleCounts `json:"counts"` // of the main metric
	Digest    string        `json:"digest"` // of the gold examples: equal ones are paired
}

// ExampleCounts are in JSON one list of numbers, three an example.
type ExampleCounts []metrics.Counts

// MarshalJSON writes correct, predicted and gold of each example.
func (c ExampleCounts) MarshalJSON() ([]byte, error) {
	flat := make([]int, 0, 3*len(c))
	for _, n := range c {
		flat = append(flat, n.Correct, n.Predicted, n.Gold)
	}
	return json.Marshal(flat)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *ExampleCounts) UnmarshalJSON(b []byte) error {
	var flat []int
	if err := json.Unmarshal(b, &flat); err != nil {
		return err
	}
	if len(flat)%3 != 0 {
		return fmt.Errorf("%d counts: expected three an example", len(flat))
	}
	*c = nil
	for n := range slices.Chunk(flat, 3) {
		*c = append(*c, metrics.Counts{Correct: n[0], Predicted: n[1], Gold: n[2]})
	}
	return nil
}

// Properties are what is known of a task's languages before any training.
type Properties struct {
	Task      string             `json:"task"`
	Key       string             `json:"key"` // checksum of what they come from
	Languages []LanguageProperty `json:"languages"`
}

// LanguageProperty describes a language. Zero where it does not apply: word counts of tasks without
// words, the ratio of tasks that are not parallel.
type LanguageProperty struct {
	Language       string           `json:"language"`
	BillionTokens  float64          `json:"billion_tokens"` // of pre-training; 0: none, or no table
	Tier           pretraining.Tier `json:"tier,omitempty"` // empty: no table of this model
	Fertility      float64          `json:"fertility,omitempty"`
	ContinuedShare float64          `json:"continued_share,omitempty"`
	SingleShare    float64          `json:"single_share,omitempty"`
	ParallelRatio  float64          `json:"parallel_ratio,omitempty"` // to the trained language
	Pairs          int              `json:"pairs,omitempty"`          // that the ratio is taken over
}

// Distances are how far the sentence representations of parallel texts lie from the trained
// language under one backbone.
type Distances struct {
	Task      string     `json:"task"`      // whose texts
	Backbone  string     `json:"backbone"`  // frozen, or the name of a cell
	Method    string     `json:"method"`    // frozen, or the cell's method
	Key       string     `json:"key"`       // checksum of what they come from
	Sentences int        `json:"sentences"` // per language
	Languages []Distance `json:"languages"`
}

// Distance is one language's.
type Distance struct {
	Language string    `json:"language"`
	Cosine   float64   `json:"cosine"` // mean of 1 - cosine to the same sentence in the trained language
	Mean     []float64 `json:"mean"`   // of the sentences, on the first two principal components of all means
}

// WriteOutcome replaces the cell's file.
func WriteOutcome(dir string, o Outcome) error {
	return writeJSON(filepath.Join(dir, cellsDir, o.Name()+".json"), o)
}

// ReadOutcomes reads all cells that have ended, sorted by name.
func ReadOutcomes(dir string) ([]Outcome, error) {
	return readAll[Outcome](filepath.Join(dir, cellsDir, "*.json"))
}

// ReadProperties reads the properties of every task that has them.
func ReadProperties(dir string) ([]Properties, error) {
	return readAll[Properties](filepath.Join(dir, analysesDir, "*.json"))
}

// ReadDistances reads the distances under every backbone that has them.
func ReadDistances(dir string) ([]Distances, error) {
	return readAll[Distances](filepath.Join(dir, distancesDir, "*.json"))
}

// largestResult is how many bytes a file of a study's folder may have: an outcome has the counts of
// every example in every language.
const largestResult = 16 << 20

// read reads a file that may not be there yet, and checks what it says.
func read[T interface{ check(path string) error }](path string) (one T, ok bool, err error) {
	b, err := regular.ReadFile(path, largestResult)
	if errors.Is(err, os.ErrNotExist) {
		return one, false, nil
	}
	if err != nil {
		return one, false, err
	}
	if err = jsonfile.Unmarshal(b, &one); err == nil {
		err = one.check(path)
	}
	if err != nil {
		return one, false, usererror.Errorf("%s is damaged (%w): remove it, and xpt study makes it again", path, err)
	}
	return one, true, nil
}

func readAll[T interface{ check(path string) error }](pattern string) ([]T, error) {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	var all []T
	for _, path := range paths {
		one, ok, err := read[T](path)
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, one)
		}
	}
	return all, nil
}

// writeJSON replaces the file at path, and makes its folder.
func writeJSON(path string, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return checkpoints.WriteFile(path, append(b, '\n'))
}
