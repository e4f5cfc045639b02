package train

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"xpt/internal/regular"
	"xpt/internal/tensorboard"
	"xpt/training"
)

// logFormat is one of the forms beside metrics.jsonl in which --log keeps what a training measures.
type logFormat struct {
	file   string
	header func() []byte
	event  func(e training.Event) []byte // of a Step or an Evaluation
}

var logFormats = map[string]logFormat{
	"csv":         {"metrics.csv", csvHeader, csvLine},
	"tensorboard": {"events.tfevents", func() []byte { return tensorboard.Version(now()) }, scalars},
}

// checkLog refuses what is no list of logFormats.
func checkLog(list string) error {
	names := logNames(list)
	for i, name := range names {
		if _, ok := logFormats[name]; !ok || slices.Contains(names[:i], name) {
			return fmt.Errorf("--log %q: use tensorboard, csv, or both as tensorboard,csv", list)
		}
	}
	return nil
}

func logNames(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// logFile is an open log.
type logFile struct {
	logFormat
	*os.File
}

// openLogs opens the logs of the run's options and cuts each to its size when the state was saved. One that has no size,
// or has become shorter, is begun anew.
func (r *Run) openLogs(sizes map[string]int64) error {
	for _, name := range logNames(r.Options.Log) {
		format := logFormats[name]
		file, err := regular.Update(filepath.Join(r.dir, format.file))
		if err != nil {
			return err
		}
		r.logs = append(r.logs, logFile{format, file})
		size, err := file.Seek(0, io.SeekEnd)
		if err != nil {
			return err
		}
		saved := sizes[format.file]
		if saved < 0 || saved > size {
			saved = 0
		}
		if err := cut(file, saved); err != nil {
			return err
		}
		if saved > 0 {
			continue
		}
		if _, err := file.Write(format.header()); err != nil {
			return err
		}
	}
	return nil
}

// logSizes are the sizes of the logs on the disk, by file; nil without any.
func (r *Run) logSizes() (map[string]int64, error) {
	var sizes map[string]int64
	for _, l := range r.logs {
		size, err := l.Seek(0, io.SeekCurrent)
		if err = errors.Join(err, l.Sync()); err != nil {
			return nil, err
		}
		if sizes == nil {
			sizes = map[string]int64{}
		}
		sizes[l.file] = size
	}
	return sizes, nil
}

// removeLogs closes and removes the logs of a run that has not begun.
func (r *Run) removeLogs() error {
	err := r.closeLogs()
	for _, name := range logNames(r.Options.Log) {
		err = errors.Join(err, removeFile(filepath.Join(r.dir, logFormats[name].file)))
	}
	return err
}

func (r *Run) closeLogs() (err error) {
	for _, l := range r.logs {
		err = errors.Join(err, l.Close())
	}
	r.logs = nil
	return err
}

func cut(file *os.File, size int64) error {
	if err := file.Truncate(size); err != nil {
		return err
	}
	_, err := file.Seek(size, io.SeekStart)
	return err
}

func now() float64 { return float64(time.Now().UnixMicro()) / 1e6 }

// scalars are named as a group and a measurement, of which TensorBoard makes a section each.
func scalars(e training.Event) []byte {
	switch e := e.(type) {
	case training.Step:
		return tensorboard.Scalars(now(), e.Step, tensorboard.Scalar{Tag: "train/loss", Value: e.Loss}, tensorboard.Scalar{Tag: "train/grad_norm", Value: e.Norm},
			tensorboard.Scalar{Tag: "train/learning_rate", Value: e.Rate}, tensorboard.Scalar{Tag: "train/head_learning_rate", Value: e.Head},
			tensorboard.Scalar{Tag: "train/tokens_per_second", Value: e.Speed})
	case training.Evaluation:
		return tensorboard.Scalars(now(), e.Step, tensorboard.Scalar{Tag: "dev/score", Value: e.Score})
	}
	return nil
}

func csvHeader() []byte {
	return []byte("step,epoch,loss,grad_norm,learning_rate,head_learning_rate,tokens,padding,tokens_per_second,peak_bytes,dev,best,seconds\n")
}

// csvLine has a step's measurements, or an evaluation's behind them, and leaves the others empty.
func csvLine(e training.Event) []byte {
	float := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	var line []string
	switch e := e.(type) {
	case training.Step:
		line = []string{fmt.Sprint(e.Step), fmt.Sprint(e.Epoch), float(e.Loss), float(e.Norm), float(e.Rate), float(e.Head), fmt.Sprint(e.Tokens),
			float(e.Padding), float(e.Speed), fmt.Sprint(e.Peak), "", "", ""}
	case training.Evaluation:
		line = []string{fmt.Sprint(e.Step), fmt.Sprint(e.Epoch), "", "", "", "", "", "", "", "", float(e.Score), fmt.Sprint(e.Best), float(e.Seconds)}
	}
	return []byte(strings.Join(line, ",") + "\n") // numbers and truth values need no quotes
}
