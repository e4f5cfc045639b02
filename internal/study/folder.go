// Package study runs a study on one backbone, tasks x methods x seeds, and writes the results to a folder, from which the report
// is made without data and checkpoint.
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
//	study.json                the Study
//	cells/CELL.json           an Outcome; CELL.lock is held by the process that runs the cell
//	runs/CELL/                a run folder of xpt train
//	predictions/CELL/         predictions, in XTREME's layout
//	analyses/TASK.json        the Properties of the task's languages
//	analyses/distances/*.json Distances under one backbone
//	report/                   the report
//
// Files are replaced atomically, and folders of several machines can be copied into one another.
const (
	studyFile      = "study.json"
	cellsDir       = "cells"
	runsDir        = "runs"
	predictionsDir = "predictions"
	analysesDir    = "analyses"
	distancesDir   = "analyses/distances"
)

// Likelihood is a cell's method besides those of [train.Methods]: zero-shot templates, scored by the frozen language model.
const Likelihood = "likelihood"

// Cell is a training and its evaluation in every language; for the method likelihood only an evaluation, without seed and pool. A
// trial is a training alone, which the source language's dev set rates.
type Cell struct {
	Task   string `json:"task"`
	Method string `json:"method"`
	Pool   string `json:"pool,omitempty"` // of tagging: the sub-token that represents a word, last or first
	Seed   uint64 `json:"seed"`
	Trial  string `json:"trial,omitempty"` // its point of a grid, such as prompt-length=16,learning-rate=0.001; empty: not a trial

	Shots   int    `json:"shots,omitempty"` // examples of each label that it is trained on after the cell without; 0: is not
	ShotsIn string `json:"shots_language,omitempty"`
}

// Name names the cell in files and tables, such as udpos-prefix-last-1, or udpos-prefix-last-1-learning-rate=0.001 for a trial.
func (c Cell) Name() string {
	name := c.Task + "-" + c.Method
	if c.Pool != "" {
		name += "-" + c.Pool
	}
	if c.Method == Likelihood {
		return name
	}
	name = fmt.Sprintf("%s-%d", name, c.Seed)
	if c.Shots > 0 {
		name += fmt.Sprintf("-%d-shots-%s", c.Shots, c.ShotsIn)
	}
	if c.Trial != "" {
		name += "-" + c.Trial
	}
	return name
}

// Outcome is the result of a cell.
type Outcome struct {
	Cell
	Status string          `json:"status"`          // done, failed, or of a trial diverged
	Error  string          `json:"error,omitempty"` // why it failed
	Key    string          `json:"key"`             // checksum of settings, backbone and data; with the same key a cell is done
	Record training.Record `json:"record"`          // for likelihood only the checkpoint's part
	Split  string          `json:"split,omitempty"` // of the evaluation; a trial has none
	Ended  time.Time       `json:"ended,omitzero"`

	LeftOut []datasets.LeftOut `json:"left_out,omitempty"` // languages of the data without anything to score

	Languages []LanguageResult `json:"languages,omitempty"` // a trial has none
	Seconds   float64          `json:"seconds"`             // of training and evaluation
}

// The values of Outcome.Status.
const (
	Done     = "done"
	Failed   = "failed"
	Diverged = "diverged" // a trial whose numbers are not finite: it lost, and is not run again
)

// over tells whether the cell needs no other run.
func (o Outcome) over() bool { return o.Status == Done || o.Status == Diverged }

// LanguageResult is a cell's result in a language, with the counts for intervals and paired tests.
type LanguageResult struct {
	metrics.LanguageResult
	ByExample ExampleCounts `json:"counts"` // of the main metric
	Digest    string        `json:"digest"` // of the gold examples: results with equal digests can be paired
}

// ExampleCounts are the counts of each example; in JSON one list of numbers, three for each example.
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

// Properties are the properties of a task's languages, which do not depend on training.
type Properties struct {
	Task      string             `json:"task"`
	Key       string             `json:"key"` // checksum of the inputs
	Languages []LanguageProperty `json:"languages"`
}

// LanguageProperty describes a language. A property that does not apply is zero: word counts of tasks without words, the ratio
// of tasks that are not parallel.
type LanguageProperty struct {
	Language       string           `json:"language"`
	BillionTokens  float64          `json:"billion_tokens"` // of pre-training; 0: none, or no table
	Tier           pretraining.Tier `json:"tier,omitempty"` // empty: no table of this model
	Fertility      float64          `json:"fertility,omitempty"`
	ContinuedShare float64          `json:"continued_share,omitempty"`
	SingleShare    float64          `json:"single_share,omitempty"`
	ParallelRatio  float64          `json:"parallel_ratio,omitempty"` // to the source language
	Pairs          int              `json:"pairs,omitempty"`          // of the ratio
}

// Distances are the distances of parallel texts' sentence representations from the source language under one backbone.
type Distances struct {
	Task      string     `json:"task"`      // whose texts
	Backbone  string     `json:"backbone"`  // frozen, or the name of a cell
	Method    string     `json:"method"`    // frozen, or the cell's method
	Key       string     `json:"key"`       // checksum of the inputs
	Sentences int        `json:"sentences"` // per language
	Languages []Distance `json:"languages"`
}

// Distance is the distance of one language.
type Distance struct {
	Language string    `json:"language"`
	Cosine   float64   `json:"cosine"` // mean of 1 - cosine to the same sentence in the source language
	Mean     []float64 `json:"mean"`   // of the sentences, projected on the first two principal components of all means
}

// WriteOutcome replaces the cell's file.
func WriteOutcome(dir string, o Outcome) error {
	return writeJSON(filepath.Join(dir, cellsDir, o.Name()+".json"), o)
}

// ReadOutcomes reads all outcomes, sorted by name.
func ReadOutcomes(dir string) ([]Outcome, error) {
	return readAll[Outcome](filepath.Join(dir, cellsDir, "*.json"))
}

// ReadProperties reads the properties of all tasks.
func ReadProperties(dir string) ([]Properties, error) {
	return readAll[Properties](filepath.Join(dir, analysesDir, "*.json"))
}

// ReadDistances reads the distances under all backbones.
func ReadDistances(dir string) ([]Distances, error) {
	return readAll[Distances](filepath.Join(dir, distancesDir, "*.json"))
}

// largestResult limits the bytes of a file in a study's folder; an outcome has counts of every example in every language.
const largestResult = 16 << 20

// read reads and checks a file; ok is false if it does not exist.
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
