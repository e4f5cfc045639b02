package tokenize

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzEncode holds what every text must keep: tokens cover the normalised text, offsets grow and stay within the text,
// decoding gives the normalised text.
func FuzzEncode(f *testing.F) {
	type row struct{ Text *string }
	for _, r := range rows[row](f, "expected.jsonl.gz") {
		if r.Text != nil && len(*r.Text) < 32 {
			f.Add(*r.Text)
		}
	}
	for _, text := range []string{"\xff\xfe", "a\xc3", "\xf0\x9f\x99", "\xed\xa0\x80", strings.Repeat("\xcc\x81", 50), "\xe2\x96\x81\xe2\x96", "ok \x80\x80 ok"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, rule := range []string{"spm", "hf", "hf4"} {
			checkEncoding(t, small(t, rule), text)
		}
	})
}

func checkEncoding(t *testing.T, tk *Tokenizer, text string) {
	t.Helper()
	w := new(work)
	tk.segment(w, text, true)
	at, known := int32(0), true
	for _, token := range w.tokens {
		if token.start != at || token.end <= token.start {
			t.Fatalf("%s: %q: token %v follows byte %d of %q", tk.rule, text, token, at, w.norm)
		}
		at = token.end
		known = known && !tk.isSpecial(int(token.id))
	}
	if int(at) != len(w.norm) || !utf8.Valid(w.norm) {
		t.Fatalf("%s: %q: tokens end at %d of %q", tk.rule, text, at, w.norm)
	}
	e := tk.Encode(text)
	runes := utf8.RuneCountInString(text)
	for i, o := range e.Offsets {
		if o[0] < 0 || o[1] < o[0] || o[1] > runes || i > 0 && (o[0] < e.Offsets[i-1][0] || o[1] < e.Offsets[i-1][1] || e.Words[i] < e.Words[i-1]) {
			t.Fatalf("%s: %q: offsets %v, words %v of %d code points", tk.rule, text, e.Offsets, e.Words, runes)
		}
	}
	for i, o := range byteOffsets(text, e.Offsets) {
		if part := text[o[0]:o[1]]; utf8.RuneCountInString(part) != e.Offsets[i][1]-e.Offsets[i][0] {
			t.Fatalf("%s: %q: bytes %v are not code points %v", tk.rule, text, o, e.Offsets[i])
		}
	}
	if known {
		norm := strings.ReplaceAll(string(w.norm), marker, " ")
		if got := tk.Decode(e.IDs); strings.TrimLeft(got, " ") != strings.TrimLeft(norm, " ") {
			t.Fatalf("%s: %q: decoded %q, normalised %q", tk.rule, text, got, norm)
		}
	}
	tk.EncodeWithSpecials(text)
	if pair := tk.EncodePair(text, text, 7); len(pair.IDs) > 7 || pair.IDs[0] != EOS {
		t.Fatalf("%s: %q: pair %v", tk.rule, text, pair.IDs)
	}
}

// FuzzLoad holds that no file makes the readers or the tokenizers they give panic.
func FuzzLoad(f *testing.F) {
	f.Add(string(tinyModel(func(*tinySpec) {})))
	f.Add(tinyJSON)
	f.Add(withAdded)
	f.Add("")
	f.Add("\xff\xfe{\x00")
	f.Fuzz(func(t *testing.T, data string) {
		for _, rule := range []Rule{Auto, HF} {
			tk, err := parse(data, rule)
			if err != nil {
				continue
			}
			e := tk.EncodePair("a <ent>ab  ≥é", "\xffb[PAD]", 5)
			tk.Decode(e.IDs)
		}
	})
}

// TestLongTexts holds that no length is too long and that the time stays in proportion.
func TestLongTexts(t *testing.T) {
	for name, text := range map[string]string{
		"one letter":  strings.Repeat("a", 1<<20),
		"spaces":      strings.Repeat(" ", 1<<17),
		"marks":       "e" + strings.Repeat("\u0301", 1<<17),
		"joiners":     strings.Repeat("👩\u200d", 1<<14),
		"ideographs":  strings.Repeat("字", 1<<16),
		"not UTF-8":   strings.Repeat("\xff", 1<<17),
		"specials":    strings.Repeat("</s>", 1<<15),
		"expanding":   strings.Repeat("\ufdfa", 1<<13),
		"half spaces": strings.Repeat("a  ", 1<<16),
	} {
		for _, rule := range []string{"spm", "hf"} {
			start := time.Now()
			small(t, rule).EncodeWithSpecials(text)
			if took := time.Since(start); took > 10*time.Second { // a quadratic step takes minutes
				t.Errorf("%s, %s: %v", name, rule, took)
			}
		}
	}
}
