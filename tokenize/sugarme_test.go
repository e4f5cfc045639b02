package tokenize

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/sugarme/tokenizer"
)

// TestInsideSugarme runs that library's own pipeline on the model: ids, byte offsets and, under hf, words are ours.
func TestInsideSugarme(t *testing.T) {
	type row struct{ Text *string }
	for _, rule := range []string{"spm", "hf"} {
		tk := small(t, rule)
		lib := tokenizer.NewTokenizer(tk.Sugarme())
		lib.WithPreTokenizer(tk.Sugarme())
		if lib.GetVocabSize(false) != tk.VocabSize() || len(lib.GetVocab(false)) != tk.VocabSize() {
			t.Fatalf("%d ids, want %d", lib.GetVocabSize(false), tk.VocabSize())
		}
		for _, r := range rows[row](t, "expected.jsonl.gz") {
			if r.Text == nil || len(*r.Text) > 500 { // the library takes a time quadratic in the length
				continue
			}
			want := tk.Encode(*r.Text)
			if len(want.IDs) == 0 {
				continue // the library cannot tell no tokens from none yet
			}
			got, err := lib.EncodeSingle(*r.Text)
			if err != nil {
				t.Fatalf("%s: %q: %v", rule, *r.Text, err)
			}
			offsets := make([][2]int, len(got.Offsets))
			for i, o := range got.Offsets {
				offsets[i] = [2]int(o)
			}
			if !reflect.DeepEqual(got.Ids, want.IDs) || !reflect.DeepEqual(offsets, byteOffsets(*r.Text, want.Offsets)) {
				t.Errorf("%s: %q:\n got %v %v\nwant %v %v", rule, *r.Text, got.Ids, offsets, want.IDs, byteOffsets(*r.Text, want.Offsets))
			}
			if rule == "hf" && !reflect.DeepEqual(got.Words, want.Words) {
				t.Errorf("%q: words %v, want %v", *r.Text, got.Words, want.Words)
			}
		}
	}
}

func TestSugarmeWordLists(t *testing.T) {
	tk := small(t, "spm")
	lib := tokenizer.NewTokenizer(tk.Sugarme())
	lib.WithPreTokenizer(tk.Sugarme())
	words := []string{"The", "teacher", "naïve", "e\u0302\u0301x"}
	got, err := lib.Encode(tokenizer.NewSingleEncodeInput(tokenizer.NewInputSequence(words)), false)
	if err != nil {
		t.Fatal(err)
	}
	want := tk.EncodeWords(words).withoutLayout()
	if !reflect.DeepEqual(got.Ids, want.IDs) || !reflect.DeepEqual(got.Words, want.Words) {
		t.Errorf("got %v %v, want %v %v", got.Ids, got.Words, want.IDs, want.Words)
	}
}

func TestSugarmeSave(t *testing.T) {
	dir := t.TempDir()
	tk := small(t, "hf")
	if err := tk.Sugarme().Save(dir, "small"); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "small-unigram.json"))
	if err != nil {
		t.Fatal(err)
	}
	var saved struct {
		Vocab [][2]any
		Unk   int `json:"unk_id"`
	}
	if err := json.Unmarshal(data, &saved); err != nil {
		t.Fatal(err)
	}
	const id = 100
	piece, _ := tk.Piece(id)
	if back, ok := tk.ID(piece); !ok || back != id || saved.Unk != UNK || len(saved.Vocab) != tk.VocabSize() || saved.Vocab[id] != [2]any{piece, tk.vocab.scores[id]} {
		t.Errorf("piece %d is %q, saved %v, looked up %d", id, piece, saved.Vocab[id], back)
	}
	if _, err := tk.Sugarme().Tokenize("a\xff"); err == nil {
		t.Error("a word that is not UTF-8 was taken")
	}
}

// byteOffsets converts the offsets of an encoded text to bytes of that text.
func byteOffsets(text string, offsets [][2]int) [][2]int {
	starts := make([]int, 0, len(text)+1) // byte position of each code point
	for at := range text {
		starts = append(starts, at)
	}
	starts = append(starts, len(text))
	out := make([][2]int, len(offsets))
	for i, o := range offsets {
		out[i] = [2]int{starts[o[0]], starts[o[1]]}
	}
	return out
}
