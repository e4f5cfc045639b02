package tensorboard

import (
	"bytes"
	"os"
	"testing"
)

// testdata/make.py wrote the file with TensorBoard's own writer.
func TestFileEqualsTensorBoards(t *testing.T) {
	want, err := os.ReadFile("testdata/scalars.tfevents")
	if err != nil {
		t.Fatal(err)
	}
	got := Version(1700000000.25)
	got = append(got, Scalars(1700000001.5, 1, Scalar{"train/loss", 0.5}, Scalar{"train/learning_rate", 1e-3})...)
	got = append(got, Scalars(1700000002, 300, Scalar{"dev/score", -2.75})...)
	if !bytes.Equal(got, want) {
		t.Errorf("%x\nwant\n%x", got, want)
	}
}
