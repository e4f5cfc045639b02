package tokenize

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// specialTokens are the tokens that stand for no text, by id.
type specialTokens map[int]string

// xglmSpecials finds XGLM's specials in a vocabulary: the first four ids and the made-up words at its end.
func xglmSpecials(pieces []string) specialTokens {
	s := specialTokens{}
	for id, spelling := range specialPieces {
		s[id] = spelling
	}
	for id := len(pieces) - 1; id > UNK && strings.HasPrefix(pieces[id], "<madeupword"); id-- {
		s[id] = pieces[id]
	}
	return s
}

// parseAddedTokens reads added_tokens of a tokenizer.json: specials that are pieces of the model.
func parseAddedTokens(raw string, t *Tokenizer) (specialTokens, error) {
	var added []struct {
		ID         int
		Content    string
		Special    bool
		LStrip     bool
		RStrip     bool
		SingleWord bool `json:"single_word"`
	}
	if err := json.Unmarshal([]byte(raw), &added); err != nil {
		return nil, fmt.Errorf("added_tokens: %w", err)
	}
	s := specialTokens{}
	for _, a := range added {
		if piece, ok := t.Piece(a.ID); !ok || piece != a.Content {
			return nil, fmt.Errorf("added token %q is not piece %d of the model; tokens beside the vocabulary are not implemented", a.Content, a.ID)
		}
		if !a.Special || a.LStrip || a.RStrip || a.SingleWord {
			return nil, fmt.Errorf("added token %q is not special, or has lstrip, rstrip or single_word; that is not implemented", a.Content)
		}
		s[a.ID] = a.Content
	}
	return s, nil
}

func (s specialTokens) has(id int) bool { _, ok := s[id]; return ok }

// find gives the first special that is spelled out in text, the longest where several begin at one place.
func (s specialTokens) find(text string) (at, id int, ok bool) {
	for at := range len(text) {
		id, longest := 0, ""
		for special, spelling := range s {
			if len(spelling) > len(longest) && strings.HasPrefix(text[at:], spelling) {
				id, longest = special, spelling
			}
		}
		if longest != "" {
			return at, id, true
		}
	}
	return 0, 0, false
}

// EncodeWithSpecials is Encode, but a special spelled out in the text (such as </s>) is that special, and the text on each side of it is encoded by itself.
// It suits prompts that the caller wrote, never text from elsewhere.
func (t *Tokenizer) EncodeWithSpecials(text string) Encoded {
	all := makeEncoded(0)
	var runes, words int
	for rest := text; rest != ""; {
		at, id, ok := t.specials.find(rest)
		if !ok {
			at = len(rest)
		}
		part := t.encode(rest[:at], len(rest) == len(text))
		for i := range part.IDs {
			part.Words[i] += words
			part.Offsets[i][0] += runes
			part.Offsets[i][1] += runes
		}
		if n := len(part.Words); n > 0 {
			words = part.Words[n-1] + 1
		}
		all.add(part)
		runes += utf8.RuneCountInString(rest[:at])
		rest = rest[at:]
		if ok {
			n := utf8.RuneCountInString(t.specials[id])
			all.add(Encoded{IDs: []int{id}, Words: []int{-1}, Offsets: [][2]int{{runes, runes + n}}})
			runes += n
			rest = rest[len(t.specials[id]):]
		}
	}
	return all
}
