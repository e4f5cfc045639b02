package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"xpt/internal/profile"
	"xpt/internal/usererror"
)

// Kind is the kind of a job.
type Kind string

// The kinds of jobs. xpt and the peer do the same work for each.
const (
	Train    Kind = "train"    // a step for every batch of the rows
	Eval     Kind = "eval"     // labels for all rows
	Load     Kind = "load"     // Eval once, timed from the start of the process
	Generate Kind = "generate" // greedy continuations of all rows as one batch
	Rates    Kind = "rates"    // large matrix products, and on a GPU copies (xpt only)
	Versions Kind = "versions" // only the versions (peer only)
)

// Job is the work of a process, which reports a [Sample].
type Job struct {
	Kind         Kind    `json:"kind"`
	Method       string  `json:"method"` // of xpt train
	PromptLength int     `json:"prompt_length"`
	Rows         []int   `json:"rows"`   // tokens of each
	Common       []int   `json:"common"` // length of the prefix that each shares with the one before it; empty: none
	Batch        int     `json:"batch"`  // rows of a step; xpt chooses its own for evaluation
	Sets         int     `json:"sets"`   // evaluations of all rows, one after the other, as of languages; 0: one
	NewTokens    int     `json:"new_tokens"`
	Checkpoint   string  `json:"checkpoint"`
	DType        string  `json:"dtype"`
	Device       string  `json:"device"`
	Threads      int     `json:"threads"`
	AtLeast      float64 `json:"at_least"` // seconds of all passes together, without the first (warm-up)
	Profile      bool    `json:"profile"`
}

// Sample is the measurement of a job.
type Sample struct {
	Seconds  []float64        `json:"seconds"`    // of each pass
	Peak     int64            `json:"peak_bytes"` // of the process's memory, or of the tensors on a GPU
	Loss     float64          `json:"loss"`       // of the last training step
	GFLOPS   float64          `json:"gflops"`     // of a matrix product
	GBs      float64          `json:"gbs"`        // GB/s of copies within a GPU's memory, reads and writes
	Ops      []profile.OpTime `json:"ops"`        // of a profile, over all passes; of a GPU's, over one
	GPU      *profile.Trace   `json:"gpu"`        // of a profile on a GPU
	Versions string           `json:"versions"`   // of the libraries
}

// Side is a program that runs jobs: its last argument is the job's JSON, and its first line of output is the sample's.
type Side struct {
	Name    string // in messages
	Command []string
}

// Do runs a job in a new process.
func (p Side) Do(ctx context.Context, j Job) (s Sample, err error) {
	text, err := json.Marshal(j)
	if err != nil {
		return s, err
	}
	var stdout firstLine
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, p.Command[0], append(p.Command[1:len(p.Command):len(p.Command)], string(text))...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return s, p.failure(ctx, err, stderr.String())
	}
	if err := json.Unmarshal(stdout.line, &s); err != nil {
		return s, fmt.Errorf("%s: it printed no sample: %w", p.Name, err)
	}
	if j.Kind == Load {
		s.Seconds = []float64{stdout.at.Sub(start).Seconds()}
	}
	return s, nil
}

// failure is an error of one line: the last line of what the process said on stderr, or its exit status.
func (p Side) failure(ctx context.Context, err error, stderr string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	exit := new(exec.ExitError)
	mendable := errors.As(err, &exit) && exit.ExitCode() == 1 && strings.Contains(stderr, "xpt: ")
	stderr = strings.TrimSpace(stderr)
	if last := strings.TrimPrefix(stderr[strings.LastIndexByte(stderr, '\n')+1:], "xpt: "); last != "" {
		err = errors.New(last)
	} else if errors.As(err, new(*exec.ExitError)) {
		err = fmt.Errorf("%w: is there enough memory?", err)
	}
	err = fmt.Errorf("%s: %w", p.Name, err)
	if mendable { // xpt itself said so, of its input
		return usererror.Of(err)
	}
	return err
}

// firstLine keeps the first line written to it, and the time of its end.
type firstLine struct {
	line []byte
	at   time.Time
}

func (l *firstLine) Write(p []byte) (int, error) {
	if l.at.IsZero() {
		line, _, whole := bytes.Cut(p, []byte("\n"))
		l.line = append(l.line, line...)
		if whole {
			l.at = time.Now()
		}
	}
	return len(p), nil
}
