package train

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"

	"xpt/checkpoints"
	"xpt/internal/jsonfile"
	"xpt/internal/regular"
	"xpt/internal/settings"
	"xpt/internal/usererror"
	"xpt/training"
)

// identity is what state.safetensors and best.safetensors repeat of run.json, so that a record that
// was edited, or a file of another run, is found out. Paths and logs may change.
type identity struct {
	Options training.Options `json:"options"`
	Labels  []string         `json:"labels,omitempty"`
}

func identityOf(r training.Record) (text []byte, err error) {
	i := identity{r.Options, r.Labels}
	i.Options.Checkpoint, i.Options.Data, i.Options.From, i.Options.Log = "", "", "", ""
	return json.Marshal(i)
}

// checkIdentity compares the record with what a file repeats of it. Files of an earlier xpt repeat nothing.
func checkIdentity(r training.Record, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	var was identity
	if err := jsonfile.Unmarshal(text, &was); err != nil {
		return err
	}
	was.Options.Checkpoint, was.Options.Data = r.Options.Checkpoint, r.Options.Data
	was.Options.From, was.Options.Log = r.Options.From, r.Options.Log
	if slices.Contains(r.Extended, lengthOf(was.Options)) {
		setLength(&was.Options, lengthOf(r.Options))
	}
	values := map[string]any{}
	settings.Each(&was.Options, func(field reflect.StructField, value reflect.Value) { values[field.Name] = value.Interface() })
	var err error
	settings.Each(&r.Options, func(field reflect.StructField, value reflect.Value) {
		if value.Interface() != values[field.Name] && err == nil {
			err = &editedError{fmt.Sprintf("%s is %v in %s, and was %v when this was written", field.Tag.Get("flag"), value, recordFile, values[field.Name])}
		}
	})
	if err == nil && !slices.Equal(was.Labels, r.Labels) {
		err = &editedError{fmt.Sprintf("the labels in %s are others, or in another order, than when this was written", recordFile)}
	}
	return err
}

// editedError says that run.json is not what it was.
type editedError struct{ text string }

func (e *editedError) Error() string { return e.text }

// The metadata of best.safetensors.
const (
	runKey  = "xpt_run"  // the identity
	stepKey = "xpt_step" // of the evaluation
)

func bestMetadata(r training.Record, step int) (map[string]string, error) {
	run, err := identityOf(r)
	return map[string]string{"format": "pt", runKey: string(run), stepKey: strconv.Itoa(step)}, err
}

// checkBest refuses a run whose best.safetensors is not what its best evaluation kept.
func checkBest(r training.Record, dir string) error {
	path := filepath.Join(dir, bestFile)
	err := matchBest(r, path)
	switch {
	case err == nil:
		return nil
	case errors.As(err, new(*editedError)):
		return usererror.Errorf("%s: %w: put the run's own files back, or train it anew", path, err)
	}
	return usererror.Errorf("%s is not what the run kept after step %d (%w): put it back, or train the run anew", path, r.Best.Step, err)
}

func matchBest(r training.Record, path string) error {
	ck, err := checkpoints.OpenFile(path)
	if err != nil {
		return err
	}
	defer ck.Close()
	metadata, err := ck.Metadata()
	if err != nil {
		return err
	}
	if err := checkIdentity(r, []byte(metadata[runKey])); err != nil || r.BestFile == "" {
		return err
	}
	have, err := fingerprint(path)
	if err != nil || have == r.BestFile {
		return err
	}
	if step, err := strconv.Atoi(metadata[stepKey]); err == nil && step > r.Best.Step {
		return nil // killed before run.json followed; --resume evaluates that step again
	}
	for _, name := range ck.Names() { // what most often is wrong
		t, err := ck.Tensor(name)
		if err = cmp.Or(err, t.CheckFinite()); err != nil {
			return err
		}
	}
	return errors.New("its checksum is another")
}

// fingerprint is a checksum of a file: of its size and all its bytes, of a large one of its first
// MiB, where its header is, and of 4,096 pieces over all of it, so that no model of 30 GB is read
// whole whenever it is opened.
func fingerprint(path string) (string, error) {
	const whole, head, pieces, piece = 64 << 20, 1 << 20, 4096, 4096
	f, err := regular.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	h, size := sha256.New(), info.Size()
	fmt.Fprintln(h, size)
	read := func(at, n int64) {
		if err == nil {
			_, err = io.Copy(h, io.NewSectionReader(f, at, n))
		}
	}
	if size <= whole {
		read(0, size)
	} else {
		read(0, head)
		for i := range int64(pieces) {
			read((size-piece)/(pieces-1)*i, piece)
		}
		read(size-piece, piece)
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), err
}
