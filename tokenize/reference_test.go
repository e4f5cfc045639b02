package tokenize

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

// answers is what a reference says: ids, offsets, word indices.
type answers struct {
	ids     []int
	offsets [][2]int
	words   []int
}

func (a *answers) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&a.ids, &a.offsets, &a.words})
}

func (a answers) check(t *testing.T, rule string, input any, got Encoded) {
	t.Helper()
	want := Encoded{IDs: a.ids, Words: a.words, Offsets: a.offsets}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %q:\n got %v\nwant %v", rule, input, got, want)
	}
}

// TestReferences compares every text and word list of the fixtures with what sentencepiece and tokenizers said of them.
func TestReferences(t *testing.T) {
	type row struct {
		Text    string
		Words   []string
		SPM, HF answers
		HF4     *answers
		SPMText *string `json:"spm_text"`
		HFText  *string `json:"hf_text"`
	}
	all := rows[row](t, "expected.jsonl.gz")
	if len(all) < 1000 {
		t.Fatalf("%d fixtures", len(all))
	}
	for _, r := range all {
		if r.HF4 == nil {
			r.HF4 = &r.HF
		}
		for rule, want := range map[string]answers{"spm": r.SPM, "hf": r.HF, "hf4": *r.HF4} {
			tk := small(t, rule)
			if r.Words != nil {
				want.check(t, rule, r.Words, tk.EncodeWords(r.Words).withoutLayout())
				continue
			}
			want.check(t, rule, r.Text, tk.Encode(r.Text))
			if ids := tk.AppendIDs([]int{}, r.Text); !reflect.DeepEqual(ids, want.ids) {
				t.Errorf("%s: AppendIDs(%q) = %v, want %v", rule, r.Text, ids, want.ids)
			}
		}
		if r.SPMText != nil {
			for rule, want := range map[string]string{"spm": *r.SPMText, "hf": *r.HFText} {
				tk := small(t, rule)
				if got := tk.Decode(tk.Encode(r.Text).IDs); got != want {
					t.Errorf("%s: Decode of %q: got %q, want %q", rule, r.Text, got, want)
				}
			}
		}
	}
}

// TestTies compares segmentations that score alike but for rounding, and such as weigh an unknown against many pieces.
func TestTies(t *testing.T) {
	type row struct{ Pieces, Cases [][]json.RawMessage }
	read := func(raw []json.RawMessage, into ...any) {
		for i, v := range into {
			if err := json.Unmarshal(raw[i], v); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, r := range rows[row](t, "ties.jsonl") {
		model := string(tinyModel(func(s *tinySpec) {
			s.pieces = s.pieces[:3]
			for _, raw := range r.Pieces {
				p := tinyPiece{kind: typeNormal}
				read(raw, &p.text, &p.score)
				s.pieces = append(s.pieces, p)
			}
		}))
		for _, raw := range r.Cases {
			var text string
			var spm, hf []int
			read(raw, &text, &spm, &hf)
			for rule, want := range map[Rule][]int{SPM: spm, HF: hf} {
				tk, err := parse(model, rule)
				if err != nil {
					t.Fatal(err)
				}
				if got := tk.Encode(text).IDs; !reflect.DeepEqual(got, want) {
					t.Errorf("%s: %q with %s: got %v, want %v", rule, text, r.Pieces, got, want)
				}
			}
		}
	}
}

// TestConvertedModel holds that rule hf on a SentencePiece model is what transformers makes of it.
func TestConvertedModel(t *testing.T) {
	tk, err := parse(string(fixture(t, "sentencepiece.bpe.model.gz")), HF)
	if err != nil {
		t.Fatal(err)
	}
	want := small(t, "hf")
	if tk.Rule() != HF || !reflect.DeepEqual(tk.vocab.pieces, want.vocab.pieces) || !reflect.DeepEqual(tk.vocab.scores, want.vocab.scores) {
		t.Fatal("the vocabularies differ")
	}
	for _, text := range []string{"Hello  ｗörld ", "e\u0302\u0301 a</s>"} {
		if got, want := tk.Encode(text), want.Encode(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestTruncationAsHuggingFace(t *testing.T) {
	tk := small(t, "hf")
	for _, raw := range rows[[]json.RawMessage](t, "pairs.jsonl") {
		var a string
		var b *string
		var limit int
		var want []int
		for i, v := range []any{&a, &b, &limit, &want} {
			if err := json.Unmarshal(raw[i], v); err != nil {
				t.Fatal(err)
			}
		}
		got := tk.EncodeText(a, limit)
		if b != nil {
			got = tk.EncodePair(a, *b, limit)
		}
		if !reflect.DeepEqual(got.IDs, want) {
			t.Errorf("%q + %v, at most %d: got %v, want %v", a, b, limit, got.IDs, want)
		}
	}
}

func TestDecodeAnyIDs(t *testing.T) {
	for _, raw := range rows[[]json.RawMessage](t, "decode.jsonl") {
		var ids []int
		var spm, hf string
		for i, v := range []any{&ids, &spm, &hf} {
			if err := json.Unmarshal(raw[i], v); err != nil {
				t.Fatal(err)
			}
		}
		ids = append(ids, -1, 1<<30) // which are no ids
		for rule, want := range map[string]string{"spm": spm, "hf": hf} {
			if got := small(t, rule).Decode(ids); got != want {
				t.Errorf("%s: %v: got %q, want %q", rule, ids, got, want)
			}
		}
	}
}

// TestLiteralSpecialsBetweenWords holds that words are counted on after a special, and that what follows one is no beginning
// of a text.
func TestLiteralSpecialsBetweenWords(t *testing.T) {
	tk, err := parse(strings.Replace(tinyJSON, `"add_prefix_space":true`, `"prepend_scheme":"first"`, 1), Auto)
	if err != nil {
		t.Fatal(err)
	}
	want := Encoded{IDs: []int{6, 6, 2, 5, 6}, Words: []int{0, 1, -1, 2, 3}, Offsets: [][2]int{{0, 1}, {1, 3}, {3, 7}, {7, 8}, {8, 10}}}
	if got := tk.EncodeWithSpecials("a a</s>a a"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestLiteralSpecials(t *testing.T) {
	for _, raw := range rows[[]json.RawMessage](t, "specials.jsonl") {
		var text string
		var want Encoded
		for i, v := range []any{&text, &want.IDs, &want.Offsets} {
			if err := json.Unmarshal(raw[i], v); err != nil {
				t.Fatal(err)
			}
		}
		got := small(t, "hf").EncodeWithSpecials(text)
		if !reflect.DeepEqual(got.IDs, want.IDs) || !reflect.DeepEqual(got.Offsets, want.Offsets) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
		if spm := small(t, "spm"); strings.Contains(text, "</s>") {
			for _, id := range spm.Encode(text).IDs {
				if spm.isSpecial(id) && id != UNK {
					t.Errorf("%q: a literal special became id %d", text, id)
				}
			}
		}
	}
}

// TestRealCheckpoint checks the ids that the published XGLM tokenizer is known to give.
func TestRealCheckpoint(t *testing.T) {
	dir := os.Getenv("XPT_REAL_CHECKPOINT")
	if dir == "" {
		t.Skip("skipped: set XPT_REAL_CHECKPOINT to a folder with the tokenizer of a published XGLM checkpoint")
	}
	tk, err := Load(dir, Auto)
	if err != nil {
		t.Fatal(err)
	}
	if tk.VocabSize() != 256008 {
		t.Errorf("%d ids, want 256008", tk.VocabSize())
	}
	for text, want := range map[string][]int{
		"Hello World!": {2, 31227, 4447, 35},
		"The quick brown fox jumps over the lazy dog.": {2, 268, 31298, 46530, 6, 132935, 43831, 7, 597, 32, 24, 3688, 9865, 5},
	} {
		if got := tk.EncodeText(text, 0).IDs; !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
		if got := tk.Decode(want); got != text {
			t.Errorf("decoded %q, want %q", got, text)
		}
	}
}
