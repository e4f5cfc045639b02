package study

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"xpt/datasets"
	"xpt/tokenize"
)

// smallTokenizer knows "ab" and the letters a, b, c; the marker of a space stands before each word.
func smallTokenizer(t *testing.T) *tokenize.Tokenizer {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokenizer.json")
	content := `{
		"normalizer": {"type": "Sequence", "normalizers": [{"type": "Strip", "strip_left": false, "strip_right": true}]},
		"pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"},
		"model": {"type": "Unigram", "unk_id": 3, "vocab": [
			["<s>", 0], ["<pad>", 0], ["</s>", 0], ["<unk>", 0],
			["▁ab", -1], ["▁a", -2], ["▁", -3], ["a", -4], ["b", -4], ["c", -4]]}
	}`
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	tokenizer, err := tokenize.Load(path, tokenize.Auto)
	if err != nil {
		t.Fatal(err)
	}
	return tokenizer
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12) {
		t.Errorf("%s = %.17g, want %.17g", what, got, want)
	}
}

func TestTokenizeWords(t *testing.T) {
	got := tokenizeWords(smallTokenizer(t), []datasets.Example{
		{Words: []string{"ab", "abc"}},    // ▁ab | ▁ab c
		{Words: []string{"a", "bb", "x"}}, // ▁a | ▁ b b | ▁ <unk>
	})
	want := tokenization{words: 5, subTokens: 9, single: 2, continued: 3}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	near(t, "fertility", got.fertility(), 9./5)
	near(t, "continued share", got.continuedShare(), 3./5)
	near(t, "single share", got.singleShare(), 2./5)
}

func TestParallelRatio(t *testing.T) {
	english := []datasets.Example{{ID: "1", Text: "ab ab"}, {ID: "2", Text: "a", Pair: "a"}, {ID: "3", Text: "ab", Pair: "ab"}, {ID: "4", Text: "NS", Pair: "ab"}}
	other := []datasets.Example{
		{ID: "2", Text: "abc", Pair: "ab"}, // 3 sub-tokens against 2
		{ID: "1", Text: "bb"},              // 3 against 2
		{ID: "3", Text: "NS", Pair: "ab"},  // lost in translation
		{ID: "4", Text: "ab", Pair: "ab"},  // lost in English
		{ID: "9", Text: "ab"},              // no such text
	}
	ratio, pairs := parallelRatio(smallTokenizer(t), other, english)
	near(t, "ratio", ratio, 6./4)
	if pairs != 2 {
		t.Errorf("%d pairs, want 2", pairs)
	}
	ratio, pairs = parallelRatio(smallTokenizer(t),
		[]datasets.Example{{ID: "s", Words: []string{"bb", "c"}}}, []datasets.Example{{ID: "s", Words: []string{"ab", "a"}}})
	near(t, "ratio of words", ratio, 5./2)
	if pairs != 1 {
		t.Errorf("%d pairs of tagged sentences, want 1", pairs)
	}
	if ratio, pairs := parallelRatio(smallTokenizer(t), nil, english); ratio != 0 || pairs != 0 {
		t.Errorf("without examples: %v, %d", ratio, pairs)
	}
}
