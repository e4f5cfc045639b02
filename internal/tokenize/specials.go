package tokenize

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// specialTokens are the tokens that stand for no text.
type specialTokens struct {
	ids      map[string]int // by spelling
	isID     map[int]bool
	spelling *regexp.Regexp // any of them, the longest first
}

func newSpecialTokens(ids map[string]int) specialTokens {
	s := specialTokens{ids: ids, isID: make(map[int]bool, len(ids))}
	var patterns []string
	for spelling, id := range ids {
		s.isID[id] = true
		patterns = append(patterns, regexp.QuoteMeta(spelling))
	}
	s.spelling = regexp.MustCompile(strings.Join(patterns, "|"))
	s.spelling.Longest()
	return s
}

// xglmSpecials finds XGLM's specials in a vocabulary: the first four ids and the made-up words at its end.
func xglmSpecials(pieces []string) specialTokens {
	ids := map[string]int{}
	for id, spelling := range specialPieces {
		ids[spelling] = id
	}
	for id := len(pieces) - 1; id > UNK && strings.HasPrefix(pieces[id], "<madeupword"); id-- {
		ids[pieces[id]] = id
	}
	return newSpecialTokens(ids)
}

// parseAddedTokens reads added_tokens of a tokenizer.json: specials that are pieces of the model. Without any, XGLM's own remain.
func parseAddedTokens(raw string, t *Tokenizer) (s specialTokens, err error) {
	var added []struct {
		ID         int
		Content    string
		Special    bool
		LStrip     bool
		RStrip     bool
		SingleWord bool `json:"single_word"`
	}
	if err := json.Unmarshal([]byte(raw), &added); err != nil {
		return s, fmt.Errorf("added_tokens: %w", err)
	}
	if len(added) == 0 {
		return t.specials, nil
	}
	ids := map[string]int{}
	for _, a := range added {
		if piece, ok := t.Piece(a.ID); !ok || piece != a.Content {
			return s, fmt.Errorf("added token %q is not piece %d of the model; tokens beside the vocabulary are not implemented", a.Content, a.ID)
		}
		if !a.Special || a.LStrip || a.RStrip || a.SingleWord {
			return s, fmt.Errorf("added token %q is not special, or has lstrip, rstrip or single_word; that is not implemented", a.Content)
		}
		ids[a.Content] = a.ID
	}
	return newSpecialTokens(ids), nil
}

// EncodeWithSpecials is Encode, but a special spelled out in the text (such as </s>) is that special, and the text on each side of it is encoded by itself.
// It suits prompts that the caller wrote, never text from elsewhere.
func (t *Tokenizer) EncodeWithSpecials(text string) Encoded {
	all := makeEncoded(0)
	runes, words := 0, 0
	add := func(part Encoded, source string) {
		for i := range part.IDs {
			part.Offsets[i][0] += runes
			part.Offsets[i][1] += runes
		}
		all.add(part)
		runes += utf8.RuneCountInString(source)
	}
	at := 0
	for _, found := range append(t.specials.spelling.FindAllStringIndex(text, -1), []int{len(text), len(text)}) {
		part := t.encode(text[at:found[0]], at == 0)
		for i := range part.Words {
			part.Words[i] += words
		}
		if n := len(part.Words); n > 0 {
			words = part.Words[n-1] + 1
		}
		add(part, text[at:found[0]])
		if at = found[1]; at > found[0] {
			special := text[found[0]:at]
			add(Encoded{IDs: []int{t.specials.ids[special]}, Words: []int{-1}, Offsets: [][2]int{{0, utf8.RuneCountInString(special)}}}, special)
		}
	}
	return all
}
