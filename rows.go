package xpt

import (
	"strconv"
	"strings"

	"xpt/internal/usererror"
	"xpt/xglm"
)

// Row is what [Model.Embed], [Model.Score] and [Model.Generate] compute on: a text, or the token ids
// of one.
type Row struct {
	// ID names the row in errors and files; empty: its number, from 1.
	ID string
	// Text is the text. It may stand beside IDs, for bits per byte.
	Text string
	// Context is a text before Text that is given and not scored; they are joined as they stand. It sets
	// Prefix. Where IDs are given it does nothing.
	Context string
	// IDs are the tokens, padding included; nil: those of the texts, which begin with </s>.
	IDs []int
	// Mask says which of IDs are no padding: 1 shows one, 0 hides it; nil shows all.
	Mask []int
	// Prefix counts the leading tokens that are given and not scored.
	Prefix int
}

// Texts makes a row of each text.
func Texts(texts ...string) []Row {
	rows := make([]Row, len(texts))
	for i, text := range texts {
		rows[i].Text = text
	}
	return rows
}

// Shown returns the ids that the mask shows.
func (r Row) Shown() []int {
	if r.Mask == nil {
		return r.IDs
	}
	var ids []int
	for i, shown := range r.Mask {
		if shown != 0 {
			ids = append(ids, r.IDs[i])
		}
	}
	return ids
}

// Check refuses ids that a model with a vocabulary of the given size cannot read.
func (r Row) Check(vocab int) error {
	for _, id := range r.IDs {
		if id < 0 || id >= vocab {
			return usererror.Errorf("token id %d is outside the vocabulary of %d", id, vocab)
		}
	}
	if r.Mask != nil && len(r.Mask) != len(r.IDs) {
		return usererror.Errorf("an attention_mask of %d for %d input_ids", len(r.Mask), len(r.IDs))
	}
	for _, shown := range r.Mask {
		if shown != 0 && shown != 1 {
			return usererror.Errorf("the attention_mask holds %d: it takes 0 (hidden) and 1 (shown)", shown)
		}
	}
	n := len(r.Shown())
	if n == 0 {
		return usererror.New("no input_ids, or none that the attention_mask shows")
	}
	if r.Prefix < 0 || r.Prefix > n {
		return usererror.Errorf("a prefix of %d tokens of %d", r.Prefix, n)
	}
	if n := len(r.IDs); n > xglm.MaxTokens {
		return usererror.Errorf("%d tokens: a row has at most %d: cut it", n, xglm.MaxTokens)
	}
	return nil
}

// Encode returns the row with the ids of its texts, or refuses it.
func (m *Model) Encode(r Row) (Row, error) {
	if m.learner == nil {
		return r, errNotOpen
	}
	if r.IDs == nil {
		if m.noTexts != nil {
			return r, m.noTexts
		}
		r.IDs = m.tokenizer.EncodeText(r.Context+r.Text, 0).IDs
		if r.Context != "" { // it has the tokens that it has alone; white space at its end is the text's
			alone := m.tokenizer.EncodeText(strings.TrimRight(r.Context, " "), 0).IDs
			r.Prefix = min(len(alone), len(r.IDs))
		}
	}
	return r, r.Check(m.Config().VocabSize)
}

// encode encodes rows, numbers those without an ID, and counts the tokens that are shown. Its errors about a row are
// [InputError]s.
func (m *Model) encode(rows []Row) (encoded []Row, tokens int, err error) {
	if m.learner == nil {
		return nil, 0, errNotOpen
	}
	encoded = make([]Row, len(rows))
	for i, r := range rows {
		if r.ID == "" {
			r.ID = number(i)
		}
		if encoded[i], err = m.Encode(r); err != nil {
			return nil, 0, &InputError{i, r.ID, usererror.Of(err)}
		}
		tokens += len(encoded[i].Shown())
	}
	return encoded, tokens, nil
}

// number counts from 1.
func number(i int) string { return strconv.Itoa(i + 1) }
