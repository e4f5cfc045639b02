package train

import (
	"context"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// The logs of a training that was killed and went on have the rows of one that was not, none twice.
func TestLogsOfAResumedRun(t *testing.T) {
	o := tinyOptions(t, tinyCheckpoint(t), "udpos", "prefix")
	o.Log, o.Epochs = "tensorboard,csv", 3
	whole, wholeDir := create(t, o, newTiny(t, o))
	if err := trainIn(t, whole, newTiny(t, o), 0); err != nil {
		t.Fatal(err)
	}
	run, dir := create(t, o, newTiny(t, o))
	if err := trainIn(t, run, newTiny(t, o), 3); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	run.Close()
	for _, name := range []string{"metrics.csv", "events.tfevents", metricsFile} { // as if killed some steps after the save
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(contents(t, path)+"4,1,"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	run, err := Resume(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := trainIn(t, run, newTiny(t, o), 0); err != nil {
		t.Fatal(err)
	}
	got, want := csvOf(t, dir), csvOf(t, wholeDir)
	lines := strings.Count(contents(t, filepath.Join(wholeDir, metricsFile)), "\n")
	if len(want) != 1+lines || !slices.Equal(got, want) {
		t.Errorf("%d lines of metrics, and rows\n%s\nwant\n%s", lines, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	steps := eventSteps(t, contents(t, filepath.Join(dir, "events.tfevents")))
	if !slices.Equal(steps, eventSteps(t, contents(t, filepath.Join(wholeDir, "events.tfevents")))) || len(steps) != 1+lines {
		t.Errorf("events of steps %v", steps)
	}
}

// A log that is gone is begun anew where the training goes on.
func TestLogIsBegunAnew(t *testing.T) {
	o := tinyOptions(t, tinyCheckpoint(t), "udpos", "prefix")
	o.Log = "csv"
	run, dir := create(t, o, newTiny(t, o))
	if err := trainIn(t, run, newTiny(t, o), 3); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	run.Close()
	if err := os.Remove(filepath.Join(dir, "metrics.csv")); err != nil {
		t.Fatal(err)
	}
	run, err := Resume(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := trainIn(t, run, newTiny(t, o), 0); err != nil {
		t.Fatal(err)
	}
	if rows := csvOf(t, dir); !strings.HasPrefix(rows[0], "step,epoch,loss,") || !strings.HasPrefix(rows[1], "4,") {
		t.Errorf("rows %q", rows)
	}
}

func TestLogOption(t *testing.T) {
	for list, ok := range map[string]bool{"": true, "csv": true, "csv,tensorboard": true, "csv,csv": false, "wandb": false, "csv,": false} {
		if err := checkLog(list); (err == nil) != ok {
			t.Errorf("%q: %v", list, err)
		}
	}
}

// csvOf are the rows of a run's CSV, without what depends on the machine.
func csvOf(t *testing.T, dir string) (rows []string) {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(contents(t, filepath.Join(dir, "metrics.csv")))).ReadAll() // of equal length
	if err != nil {
		t.Fatal(err)
	}
	head := slices.Clone(records[0])
	for _, record := range records {
		for i := range record {
			if slices.Contains([]string{"tokens_per_second", "peak_bytes", "seconds"}, head[i]) {
				record[i] = ""
			}
		}
		rows = append(rows, strings.Join(record, ","))
	}
	return rows
}

// eventSteps are the steps of an event file's records; 0 of the first.
func eventSteps(t *testing.T, file string) (steps []uint64) {
	t.Helper()
	for file != "" {
		n := binary.LittleEndian.Uint64([]byte(file))
		event := []byte(file[12 : 12+n])
		file = file[16+n:]
		step := uint64(0)
		for len(event) > 0 {
			number, kind, size := protowire.ConsumeTag(event)
			if number == 2 {
				step, _ = protowire.ConsumeVarint(event[size:])
			}
			event = event[size+protowire.ConsumeFieldValue(number, kind, event[size:]):]
		}
		steps = append(steps, step)
	}
	return steps
}
