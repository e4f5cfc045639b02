package tokenize

import "strings"

// Decode returns the text of ids. Specials and ids outside the vocabulary are left out. Under rule spm an unknown becomes the
// model's unknown surface (" ⁇ "), as in SentencePiece; under hf it is left out, as in Hugging Face's decode with
// skip_special_tokens.
func (t *Tokenizer) Decode(ids []int) string {
	var b strings.Builder
	first := true
	for _, id := range ids {
		piece, ok := t.Piece(id)
		switch {
		case id == UNK && t.rule == SPM:
			b.WriteString(t.unkSurface)
		case !ok || t.isSpecial(id):
			continue
		default:
			b.WriteString(t.surface(piece, first))
		}
		first = t.openedByAll && b.Len() == 0
	}
	return b.String()
}

func (t *Tokenizer) isSpecial(id int) bool {
	_, special := t.specials[id]
	return special
}

// surface is the text of a piece; the first piece has no opening marker (under hf no markers).
func (t *Tokenizer) surface(piece string, first bool) string {
	if first && t.opened {
		if t.rule == HF {
			return strings.ReplaceAll(piece, marker, "")
		}
		piece = strings.TrimPrefix(piece, marker)
	}
	return strings.ReplaceAll(piece, marker, " ")
}
