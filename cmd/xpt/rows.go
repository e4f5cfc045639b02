package main

import (
	"encoding/json"
	"io"
	"os"
	"strconv"
	"strings"

	"xpt/internal/jsonfile"
	"xpt/internal/plaintext"
	"xpt/internal/regular"
	"xpt/internal/usererror"
	"xpt/tokenize"
	"xpt/xglm"
)

// source names the rows that a command computes on.
type source struct {
	IDs       string `flag:"ids" path:"true" help:"file of JSON lines {\"id\", \"input_ids\"}, perhaps with \"attention_mask\"; - is standard input"`
	Text      string `flag:"text" path:"true" help:"file of texts, one a line; - is standard input"`
	Tokenizer string `flag:"tokenizer" path:"true" help:"tokenizer of the texts; by default the checkpoint's"`
}

// row is one text as tokens.
type row struct {
	ID     string
	IDs    []int  // as given, padding included
	Mask   []int  // of IDs: 0 hides one; nil shows all
	Prefix int    // leading tokens that are given and not scored
	Text   string // what the tokens come from, where it is known
}

// shown are the ids that the mask shows.
func (r row) shown() []int {
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

// tokenizer loads the tokenizer of the texts; nil without an error where ids
// need none.
func (s source) tokenizer(checkpoint string) (*tokenize.Tokenizer, error) {
	if s.Tokenizer != "" {
		return tokenize.Load(s.Tokenizer, tokenize.Auto)
	}
	t, err := tokenize.Load(checkpoint, tokenize.Auto)
	if err != nil && s.Text == "" {
		return nil, nil
	}
	return t, err
}

// inputs are the files that s names, as the system knows them.
func (s source) inputs() []string {
	files := []string{s.IDs, s.Text, s.Tokenizer}
	for i, name := range files {
		if name == "-" {
			files[i] = "/dev/stdin"
		}
	}
	return files
}

// check wants one of --ids and --text.
func (s source) check() error {
	if (s.IDs == "") == (s.Text == "") {
		return usererror.New("say what to read: --ids FILE or --text FILE, one of them")
	}
	return nil
}

// rows reads the rows of a model with a vocabulary of the given size. With
// prefixed, a line of text is a prefix, a TAB and its continuation.
func (s source) rows(t *tokenize.Tokenizer, vocab int, prefixed bool) ([]row, error) {
	name, parse := s.IDs, func(line string, number int) (row, error) { return parseRow(line, number, vocab) }
	if s.Text != "" {
		name = s.Text
		parse = func(line string, number int) (row, error) { return textRow(t, line, number, prefixed) }
	}
	in, name, close, err := openInput(name)
	if err != nil {
		return nil, err
	}
	defer close()
	var rows []row
	used := map[string]int{} // the line of each id
	for lines := plaintext.NewLines(name, in); ; {
		line, err := lines.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if s.Text == "" && strings.TrimSpace(line) == "" {
			continue
		}
		r, err := parse(line, lines.Number())
		if err != nil {
			return nil, lines.Errorf("%w", err)
		}
		if n := len(r.IDs); n > xglm.MaxTokens {
			return nil, lines.Errorf("%d tokens: a row has at most %d: cut it", n, xglm.MaxTokens)
		}
		if before := used[r.ID]; before > 0 {
			return nil, lines.Errorf("id %q was already used in line %d", r.ID, before)
		}
		used[r.ID] = lines.Number()
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		return nil, usererror.Errorf("%s holds no rows", name)
	}
	return rows, nil
}

// openInput opens a file of lines, or standard input, which alone may be a
// pipe, and gives what it is called in messages.
func openInput(file string) (in io.Reader, name string, close func() error, err error) {
	if file == "-" || file == "/dev/stdin" {
		const name = "standard input"
		return os.Stdin, name, func() error { return nil }, regular.NotStandardOutput(name, os.Stdin)
	}
	f, err := regular.Open(file)
	if err != nil {
		return nil, "", nil, err
	}
	return f, file, f.Close, nil
}

func parseRow(line string, number, vocab int) (row, error) {
	var in struct {
		ID     json.RawMessage `json:"id"`
		IDs    []*int          `json:"input_ids"`
		Mask   []*int          `json:"attention_mask"`
		Prefix int             `json:"prefix"`
	}
	err := jsonfile.UnmarshalPart([]byte(line), &in)
	if err != nil {
		return row{}, usererror.Errorf("not a line {\"id\": ..., \"input_ids\": [...]}: %w", err)
	}
	r := row{ID: strconv.Itoa(number), Prefix: in.Prefix}
	if r.IDs, err = numbers("input_ids", in.IDs); err != nil {
		return r, err
	}
	if r.Mask, err = numbers("attention_mask", in.Mask); err != nil {
		return r, err
	}
	if in.ID != nil {
		if json.Unmarshal(in.ID, &r.ID) != nil { // a number stands for its digits
			r.ID = string(in.ID)
		}
	}
	for _, id := range r.IDs {
		if id < 0 || id >= vocab {
			return r, usererror.Errorf("token id %d is outside the vocabulary of %d", id, vocab)
		}
	}
	if r.Mask != nil && len(r.Mask) != len(r.IDs) {
		return r, usererror.Errorf("an attention_mask of %d for %d input_ids", len(r.Mask), len(r.IDs))
	}
	for _, shown := range r.Mask {
		if shown != 0 && shown != 1 {
			return r, usererror.Errorf("the attention_mask holds %d: it takes 0 (hidden) and 1 (shown)", shown)
		}
	}
	n := len(r.shown())
	if n == 0 {
		return r, usererror.New("no input_ids, or none that the attention_mask shows")
	}
	if r.Prefix < 0 || r.Prefix > n {
		return r, usererror.Errorf("a prefix of %d tokens of %d", r.Prefix, n)
	}
	return r, nil
}

// numbers keeps nil, and refuses null, of which encoding/json makes 0.
func numbers(key string, list []*int) ([]int, error) {
	if list == nil {
		return nil, nil
	}
	out := make([]int, len(list))
	for i, n := range list {
		if n == nil {
			return nil, usererror.Errorf("%s: null is no whole number", key)
		}
		out[i] = *n
	}
	return out, nil
}

func textRow(t *tokenize.Tokenizer, line string, number int, prefixed bool) (row, error) {
	r := row{ID: strconv.Itoa(number), Text: line}
	if !prefixed {
		r.IDs = t.EncodeText(line, 0).IDs
		return r, nil
	}
	prefix, continuation, ok := strings.Cut(line, "\t")
	if !ok {
		return r, usererror.New("no TAB between a prefix and its continuation")
	}
	r.IDs, r.Prefix = continued(t, prefix, continuation)
	r.Text = continuation
	return r, nil
}

// continued encodes a prefix and its continuation as one text, </s> first, and
// counts the prefix's tokens, </s> included: those that the prefix has alone,
// white space at its end left to the continuation.
func continued(t *tokenize.Tokenizer, prefix, continuation string) (ids []int, prefixTokens int) {
	trimmed := strings.TrimRight(prefix, " ")
	ids = t.EncodeText(prefix+continuation, 0).IDs
	return ids, min(len(t.EncodeText(trimmed, 0).IDs), len(ids))
}
