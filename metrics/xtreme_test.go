package metrics

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestXTREMEMockData reproduces the averages that XTREME's own evaluate_test.py expects. It needs
// the mock_test_data folder of github.com/google-research/xtreme, named by XPT_XTREME_MOCK_DATA.
func TestXTREMEMockData(t *testing.T) {
	dir := os.Getenv("XPT_XTREME_MOCK_DATA")
	if dir == "" {
		t.Skip("XPT_XTREME_MOCK_DATA does not name XTREME's mock_test_data folder")
	}
	seqeval := func(rule TypeRule) func(gold, predicted [][]string) (f1, p, r float64, err error) {
		return func(gold, predicted [][]string) (f1, p, r float64, err error) {
			c, err := CompareEntities(gold, predicted, rule)
			return c.Total.F1(), c.Total.Precision(), c.Total.Recall(), err
		}
	}
	accuracy := func(gold, predicted [][]string) (a, _, _ float64, err error) {
		c, err := CompareLabels(gold, predicted)
		return c.Total.F1(), 0, 0, err
	}
	for _, c := range []struct {
		name, task string
		score      func(gold, predicted [][]string) (f1, p, r float64, err error)
		languages  int
		want       [3]float64
	}{
		{"pawsx", "pawsx", accuracy, 7, [3]float64{51.42857142857143}},
		{"xnli", "xnli", accuracy, 15, [3]float64{30.666666666666668}},
		{"panx", "panx", seqeval(LastHyphen), 40, [3]float64{57.50793650793652, 54.729166666666664, 62.750000000000014}},
		{"panx, newer rule", "panx", seqeval(DropFirst), 40, [3]float64{57.50793650793652, 54.729166666666664, 62.750000000000014}},
		{"udpos", "udpos", seqeval(LastHyphen), 33, [3]float64{70.21746048354693, 71.02232625883823, 69.54982073976082}},
		{"udpos, newer rule", "udpos", func(gold, predicted [][]string) (float64, float64, float64, error) {
			f1, _, _, err := seqeval(DropFirst)(gold, predicted)
			return f1, 0, 0, err
		}, 33, [3]float64{70.3980581069904}},
	} {
		t.Run(c.name, func(t *testing.T) {
			files, err := filepath.Glob(filepath.Join(dir, "labels", c.task, "test-*.tsv"))
			if err != nil || len(files) != c.languages {
				t.Fatalf("%d files of labels (%v), want %d", len(files), err, c.languages)
			}
			var mean [3]float64
			for _, file := range files {
				gold := readBlocks(t, file)
				predicted := readBlocks(t, filepath.Join(dir, "predictions", c.task, filepath.Base(file)))
				f1, p, r, err := c.score(gold, predicted)
				if err != nil {
					t.Fatalf("%s: %v", file, err)
				}
				for i, v := range [3]float64{f1, p, r} {
					mean[i] += 100 * v / float64(len(files))
				}
			}
			for i, want := range c.want {
				near(t, "mean", mean[i], want)
			}
		})
	}
}

// readBlocks reads one tag a line, sentences separated by empty lines (a file of labels is one block).
func readBlocks(t *testing.T, file string) [][]string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var blocks [][]string
	for _, block := range strings.Split(strings.TrimSpace(string(b)), "\n\n") {
		blocks = append(blocks, strings.Fields(block))
	}
	return blocks
}
