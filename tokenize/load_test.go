package tokenize

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// tinySpec is a SentencePiece model that a test can bend.
type tinySpec struct {
	pieces  []tinyPiece
	trainer []byte
	norm    []byte
	denorm  []byte
}

type tinyPiece struct {
	text  string
	score float32
	kind  uint64
}

func tinyModel(bend func(*tinySpec)) []byte {
	s := tinySpec{pieces: []tinyPiece{{"<unk>", 0, typeUnknown}, {"<s>", 0, typeControl}, {"</s>", 0, typeControl}, {"▁", -2, 1}, {"a", -3, 1}, {"▁a", -2.5, 1}, {"b", -4, 1}, {"ab", -4.5, 1}}}
	bend(&s)
	var out []byte
	message := func(number protowire.Number, data []byte) {
		out = protowire.AppendBytes(protowire.AppendTag(out, number, protowire.BytesType), data)
	}
	for _, p := range s.pieces {
		var m []byte
		m = protowire.AppendString(protowire.AppendTag(m, 1, protowire.BytesType), p.text)
		m = protowire.AppendFixed32(protowire.AppendTag(m, 2, protowire.Fixed32Type), math.Float32bits(p.score))
		m = protowire.AppendVarint(protowire.AppendTag(m, 3, protowire.VarintType), p.kind)
		message(1, m)
	}
	message(2, s.trainer)
	message(3, s.norm)
	if s.denorm != nil {
		message(5, s.denorm)
	}
	return out
}

func option(number protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), v)
}

const tinyJSON = `{"normalizer":null,"pre_tokenizer":{"type":"Metaspace","replacement":"▁","add_prefix_space":true},"post_processor":null,
"model":{"type":"Unigram","unk_id":3,"vocab":[["<s>",0],["<pad>",0.0],["</s>",0],["<unk>",0],["\u2581",-2.0],["a",-3],["\u2581a",-2.5],["b\"",-4e0]],"byte_fallback":false}}`

func TestTinyModels(t *testing.T) {
	strip := func(scheme string) string {
		return strings.NewReplacer(`"normalizer":null`, `"normalizer":{"type":"Strip","strip_left":true,"strip_right":true}`,
			`"add_prefix_space":true`, `"prepend_scheme":"`+scheme+`","split":false`).Replace(tinyJSON)
	}
	for _, c := range []struct {
		name, data, text string
		want             []int
	}{
		{"sentencepiece", string(tinyModel(func(*tinySpec) {})), " a ab", []int{6, 4, 8}},
		{"no dummy prefix", string(tinyModel(func(s *tinySpec) { s.norm = option(3, 0) })), "ab  a", []int{8, 6}},
		{"spaces kept", string(tinyModel(func(s *tinySpec) { s.norm = option(4, 0) })), "a  a ", []int{6, 4, 6, 4}},
		{"unused piece", string(tinyModel(func(s *tinySpec) { s.pieces[7].kind = typeUnused })), "ab", []int{6, 7}},
		{"tokenizer.json", tinyJSON, `a b" c`, []int{6, 4, 7, 4, 3}},
		{"prefix first", strip("first"), " a ", []int{5}},
		{"prefix first, first character kept", strip("first"), "a a ", []int{6, 6}},
		{"prefix always", strip("always"), " a ", []int{6}},
		{"prefix never", strip("never"), "a a", []int{5, 6}},
		{"old prefix never", strings.Replace(tinyJSON, `"add_prefix_space":true`, `"add_prefix_space":false`, 1), "a a", []int{5, 6}},
	} {
		tk, err := parse(c.data, Auto)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := tk.Encode(c.text).IDs; !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q: got %v, want %v", c.name, c.text, got, c.want)
		}
	}
}

// TestDecodeKeepsSpaces holds that a model that keeps spaces loses one marker only, as SentencePiece's decoder does.
func TestDecodeKeepsSpaces(t *testing.T) {
	for collapse, want := range map[uint64]string{0: " a", 1: "a"} {
		tk, err := parse(string(tinyModel(func(s *tinySpec) { s.norm = option(4, collapse) })), SPM)
		if err != nil {
			t.Fatal(err)
		}
		if got := tk.Decode([]int{4, 6}); got != want {
			t.Errorf("remove_extra_whitespaces %d: got %q, want %q", collapse, got, want)
		}
	}
}

// TestUnsplitText holds that a pre-tokenizer that does not split makes one word of a text.
func TestUnsplitText(t *testing.T) {
	for split, want := range map[string][]int{"true": {0, 1}, "false": {0, 0}} {
		tk, err := parse(strings.Replace(tinyJSON, `"add_prefix_space":true`, `"split":`+split, 1), Auto)
		if err != nil {
			t.Fatal(err)
		}
		if got := tk.Encode("a a").Words; !reflect.DeepEqual(got, want) {
			t.Errorf("split %s: words %v, want %v", split, got, want)
		}
	}
}

func TestRefusedModels(t *testing.T) {
	edit := func(old, new string) string {
		if !strings.Contains(tinyJSON, old) {
			t.Fatalf("no %s", old)
		}
		return strings.Replace(tinyJSON, old, new, 1)
	}
	added := func(list string) string {
		return edit(`"normalizer":null`, `"added_tokens":[`+list+`],"normalizer":null`)
	}
	spm := func(bend func(*tinySpec)) string { return string(tinyModel(bend)) }
	for _, c := range []struct{ name, data, says string }{
		{"BPE model", spm(func(s *tinySpec) { s.trainer = option(3, 2) }), "BPE"},
		{"byte fallback", spm(func(s *tinySpec) { s.trainer = option(35, 1) }), "byte_fallback"},
		{"suffix", spm(func(s *tinySpec) { s.trainer = option(24, 1) }), "treat_whitespace_as_suffix"},
		{"no escape", spm(func(s *tinySpec) { s.norm = option(5, 0) }), "escape_whitespaces"},
		{"denormalizer", spm(func(s *tinySpec) { s.denorm = []byte{0x12, 1, 'x'} }), "denormalizer_spec"},
		{"user-defined piece", spm(func(s *tinySpec) { s.pieces[5].kind = 4 }), "user-defined"},
		{"other specials", spm(func(s *tinySpec) { s.pieces[0], s.pieces[1] = s.pieces[1], s.pieces[0] }), "XGLM's ids need"},
		{"piece twice", spm(func(s *tinySpec) { s.pieces[6].text = "a" }), `"a" is defined twice`},
		{"empty piece", spm(func(s *tinySpec) { s.pieces[6].text = "" }), "piece 7"},
		{"broken charsmap", spm(func(s *tinySpec) { s.norm = []byte{0x12, 5, 200, 0, 0, 0, 1} }), "precompiled_charsmap"},
		{"cut short", spm(func(*tinySpec) {})[:20], "not a SentencePiece model"},
		{"cut behind a piece", spm(func(*tinySpec) {})[:len(spm(func(*tinySpec) {}))-4], "it is cut short"},
		{"cut behind the trainer", spm(func(*tinySpec) {})[:len(spm(func(*tinySpec) {}))-2], "it is cut short"},
		{"text", "hello", "not a SentencePiece model"},
		{"nothing", "", "not a SentencePiece model"},
		{"other model", edit(`"type":"Unigram"`, `"type":"BPE"`), "BPE"},
		{"vocabulary object", edit(`"type":"Unigram",`, ``)[:60] + `{}`, "byte"},
		{"JSON byte fallback", edit(`"byte_fallback":false`, `"byte_fallback":true`), "byte_fallback"},
		{"other normaliser", edit(`"normalizer":null`, `"normalizer":{"type":"Sequence","normalizers":[{"type":"NFKC"}]}`), "NFKC"},
		{"other pattern", edit(`"normalizer":null`, `"normalizer":{"type":"Replace","pattern":{"Regex":"a+"},"content":""}`), "Replace"},
		{"charsmap not first", edit(`"normalizer":null`, `"normalizer":{"type":"Sequence","normalizers":[{"type":"Strip","strip_left":true},{"type":"Precompiled","precompiled_charsmap":""}]}`), "first step"},
		{"other pre-tokenizer", edit(`"type":"Metaspace"`, `"type":"ByteLevel"`), "ByteLevel"},
		{"other replacement", edit(`"replacement":"▁"`, `"replacement":"_"`), "replacement"},
		{"contradiction", edit(`"add_prefix_space":true`, `"add_prefix_space":false,"prepend_scheme":"always"`), "contradicts"},
		{"other layout", edit(`"post_processor":null`, `"post_processor":{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A"}},{"SpecialToken":{"id":"</s>"}}],"pair":[]}`), "layout"},
		{"other unknown", edit(`"unk_id":3`, `"unk_id":0`), "unk_id"},
		{"other first pieces", edit(`["<pad>",0.0],`, ``), "first pieces"},
		{"JSON cut short", tinyJSON[:200], "byte"},
		{"added token behind a gap", added(`{"id":9,"content":"<x>","special":true}`), `"<x>" has the id 9, and 8 follows`},
		{"added token in a piece's place", added(`{"id":5,"content":"<x>"}`), `"<x>" has the id 5, which is that of "a"`},
		{"added token of a wrong type", added(`{"id":8,"content":"<x>","lstrip":"no"}`), "lstrip is a string: expected true or false"},
		{"added token twice", added(`{"id":8,"content":"a"}`), `"a" has the id 8, and another is spelled so too`},
		{"added token of nothing", added(`{"id":8,"content":""}`), "is empty"},
		{"added token null", added(`{"id":8,"content":"<x>"},null`), "added_tokens: token 2 of the list is null"},
		{"added token in other letters", added(`{"ID":8,"content":"<x>"}`), `the key "ID": write "id"`},
		{"model twice", strings.TrimSuffix(tinyJSON, "}") + `,"model":{}}`, `the key "model" appears twice`},
		{"half a character", edit(`["a",-3]`, `["\ud83d",-3]`), `\ud83d is half a character`},
		{"added tokens of another kind", added(`"<x>"`), "added_tokens: line 1:"},
		{"score NaN", spm(func(s *tinySpec) { s.pieces[4].score = float32(math.NaN()) }), `piece 5 "a" has the score NaN`},
		{"score infinite", spm(func(s *tinySpec) { s.pieces[4].score = float32(math.Inf(-1)) }), `piece 5 "a" has the score -Inf`},
		{"JSON score NaN", edit(`["a",-3]`, `["a",NaN]`), "expected a number"},
		{"JSON score infinite", edit(`["a",-3]`, `["a",-1e400]`), "expected a number"},
		{"JSON score of hexadecimals", edit(`["a",-3]`, `["a",0x1p3]`), "expected a number"},
		{"web page", "<!DOCTYPE html>", "web page"},
		{"UTF-16", "\xff\xfe{\x00", "UTF-16"},
		{"byte order mark", "\xef\xbb\xbf" + tinyJSON, "byte order mark"},
		{"normaliser without end", edit(`"normalizer":null`, `"normalizer":{"type":"Sequence","normalizers":[`+strings.Repeat("{},", maxPart)+`{}]}`), "normalizer has more than"},
		{"added tokens without end", added(strings.Repeat("{},", maxAddedFile) + "{}"), "added_tokens has more than"},
		{"pieces without end", `{"model":{"vocab":[` + strings.Repeat(`["a",0],`, maxPieces) + `["a",0]]}}`, fmt.Sprintf("more than the %d pieces", maxPieces)},
		{"long pieces without end", edit(`["a",-3]`, `["`+strings.Repeat("a", maxPiece)+`",-3]`+strings.Repeat(`,["`+strings.Repeat("b", maxPiece)+`",-3]`, maxBytes/maxPiece)), fmt.Sprintf("more than %d bytes together", maxBytes)},
	} {
		if tk, err := parse(c.data, Auto); err == nil {
			t.Errorf("%s was taken: %v", c.name, tk.Rule())
		} else if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %q does not say %q", c.name, err, c.says)
		}
	}
	if _, err := parse(tinyJSON, SPM); err == nil || !strings.Contains(err.Error(), "rule spm") {
		t.Errorf("rule spm on a tokenizer.json: %v", err)
	}
}

func TestLoadFolder(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(dir, Auto); err == nil || !strings.Contains(err.Error(), "neither") {
		t.Errorf("an empty folder: %v", err)
	}
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	rules := func() (got []Rule) {
		for _, r := range []Rule{Auto, SPM, HF} {
			if tk, err := Load(dir, r); err != nil {
				got = append(got, "")
			} else {
				got = append(got, tk.Rule())
			}
		}
		return got
	}
	write(HFFile, []byte(tinyJSON))
	if got := rules(); !reflect.DeepEqual(got, []Rule{HF, "", HF}) {
		t.Errorf("with a tokenizer.json alone: %v", got)
	}
	write(SPMFile, tinyModel(func(*tinySpec) {}))
	if got := rules(); !reflect.DeepEqual(got, []Rule{SPM, SPM, HF}) {
		t.Errorf("with both files: %v", got)
	}
	if tk, err := Load(dir, HF); err != nil || tk.VocabSize() != 8 { // the model has 16 ids
		t.Errorf("rule hf took the SentencePiece model: %v", err)
	}
	if tk, err := Load(filepath.Join(dir, HFFile), Auto); err != nil || tk.Rule() != HF {
		t.Errorf("a file: %v", err)
	}
	sparse := filepath.Join(dir, "sparse")
	write("sparse", nil)
	if err := os.Truncate(sparse, 1<<40); err != nil { // a hole: nothing is written
		t.Fatal(err)
	}
	if _, err := Load(sparse, Auto); err == nil || !strings.Contains(err.Error(), "sparse has more than") {
		t.Errorf("a terabyte: %v", err)
	}
	for content, want := range map[string]string{
		"\ufeff" + tinyJSON: "byte order mark", "\n" + tinyJSON: "", "\xff\xfe{\x00}\x00": "save it as UTF-8", "{\x00}\x00": "save it as UTF-8", "<html>": "a web page", "": "it is empty", "text": "begins with {",
	} {
		write(HFFile, []byte(content))
		if _, err := Load(dir, HF); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.10q as tokenizer.json: %v, want %q", content, err, want)
		}
	}
	if _, err := Load(dir, "bpe"); err == nil {
		t.Error("an unknown rule was taken")
	}
}
