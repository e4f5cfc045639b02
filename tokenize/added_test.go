package tokenize

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// withAdded is a tokenizer.json with tokens of the user's, and one of the model's own that is listed too.
var withAdded = strings.Replace(tinyJSON, `"normalizer":null`, `"added_tokens":[{"id":2,"content":"</s>","special":true},{"id":9,"content":"<ent>","normalized":true},
{"id":8,"content":"[PAD]","special":true},{"id":10,"content":"<ent>a"}],"normalizer":null`, 1)

// Added tokens are found in the text as Hugging Face's tokenizers find them: from the left, the longest, each a word of its
// own. What lies between is encoded by itself. The model's own specials stay text.
func TestAddedTokens(t *testing.T) {
	tk, err := parse(withAdded, Auto)
	if err != nil {
		t.Fatal(err)
	}
	if n := tk.VocabSize(); n != 11 {
		t.Errorf("%d ids", n)
	}
	for _, c := range []struct {
		text       string
		ids, words []int
		offsets    [][2]int
	}{
		{"a <ent> a", []int{6, 4, 9, 6}, []int{0, 1, 2, 3}, [][2]int{{0, 1}, {1, 2}, {2, 7}, {7, 9}}},
		{"<ent>a<ent>", []int{10, 9}, []int{0, 1}, [][2]int{{0, 6}, {6, 11}}},
		{"[PAD]", []int{8}, []int{0}, [][2]int{{0, 5}}},
		{"</s>", tk.encodePart("</s>", true).IDs, tk.encodePart("</s>", true).Words, tk.encodePart("</s>", true).Offsets},
		{"", []int{}, []int{}, [][2]int{}},
	} {
		e := tk.Encode(c.text)
		if !reflect.DeepEqual(e, Encoded{c.ids, c.words, c.offsets}) {
			t.Errorf("%q: %v, want ids %v, words %v, offsets %v", c.text, e, c.ids, c.words, c.offsets)
		}
		if ids := tk.AppendIDs([]int{}, c.text); !reflect.DeepEqual(ids, c.ids) {
			t.Errorf("%q: appended %v, want %v", c.text, ids, c.ids)
		}
	}
	if e := tk.EncodeWithSpecials("a</s><ent>[PAD]"); !reflect.DeepEqual(e.IDs, []int{6, 2, 9, 8}) || !reflect.DeepEqual(e.Words, []int{0, -1, 1, -1}) {
		t.Errorf("with specials %v", e)
	}
	if got := tk.Decode([]int{6, 9, 8}); got != "a<ent>" {
		t.Errorf("decoded %q", got)
	}
	if id, ok := tk.ID("[PAD]"); !ok || id != 8 {
		t.Errorf("[PAD] is %d", id)
	}
	if words := tk.EncodeWords([]string{"a", "<ent>a"}); !reflect.DeepEqual(words.IDs, []int{2, 6, 10}) || !reflect.DeepEqual(words.Words, []int{-1, 0, 1}) {
		t.Errorf("words %v", words)
	}
}

// A SentencePiece model has no place for them: they stand in files beside it.
func TestAddedTokensBesideSentencePiece(t *testing.T) {
	for name, text := range map[string]string{
		"tokenizer_config.json": `{"added_tokens_decoder":{"16":{"content":"[PAD]","special":true},"2":{"content":"</s>","special":true},"17":{"content":"<ent>"}}}`,
		"added_tokens.json":     `{"[PAD]":16,"<ent>":17}`,
	} {
		dir := t.TempDir()
		for file, data := range map[string]string{SPMFile: string(tinyModel(func(*tinySpec) {})), name: text} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(data), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		tk, err := Load(dir, Auto)
		if err != nil {
			t.Fatal(err)
		}
		if e := tk.Encode("a<ent> a"); tk.VocabSize() != 18 || !reflect.DeepEqual(e.IDs, []int{6, 17, 6}) {
			t.Errorf("%s: %d ids, %v", name, tk.VocabSize(), e)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text[:20]), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir, Auto); err == nil || !strings.Contains(err.Error(), name+": line 1: ") {
			t.Errorf("%s cut short: %v", name, err)
		}
	}
}

func TestAddedTokenNull(t *testing.T) {
	dir := t.TempDir()
	for file, data := range map[string]string{SPMFile: string(tinyModel(func(*tinySpec) {})), "tokenizer_config.json": `{"added_tokens_decoder":{"16":null}}`} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Load(dir, Auto); err == nil || !strings.Contains(err.Error(), "tokenizer_config.json: added_tokens_decoder: token 16 is null") {
		t.Errorf("error %v", err)
	}
}

// Tokens that take white space or are single words are found as Hugging Face's tokenizers find them.
func TestAddedTokensEqualHF(t *testing.T) {
	lines := rows[[]json.RawMessage](t, "added.jsonl")
	tokens, err := json.Marshal(lines[len(lines)-1])
	if err != nil {
		t.Fatal(err)
	}
	const list = `"added_tokens":[`
	text := string(fixture(t, "tokenizer.json.gz"))
	tk, err := parse(strings.Replace(text, list, list+strings.Trim(string(tokens), "[]")+",", 1), HF)
	if err != nil || !strings.Contains(text, list) {
		t.Fatal(err)
	}
	for _, raw := range lines[:len(lines)-1] {
		var text string
		var want Encoded
		for i, v := range []any{&text, &want.IDs, &want.Offsets} {
			if err := json.Unmarshal(raw[i], v); err != nil {
				t.Fatal(err)
			}
		}
		if got := tk.Encode(text); !reflect.DeepEqual(got.IDs, want.IDs) || !reflect.DeepEqual(got.Offsets, want.Offsets) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}
