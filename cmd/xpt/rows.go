package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"xpt"
	"xpt/internal/jsonfile"
	"xpt/internal/plaintext"
	"xpt/internal/regular"
	"xpt/internal/usererror"
)

// source names the rows that a command computes on.
type source struct {
	IDs       string `flag:"ids" path:"true" help:"file of JSON lines {\"id\", \"input_ids\"}, perhaps with \"attention_mask\"; - is standard input"`
	Text      string `flag:"text" path:"true" help:"file of texts, one a line; - is standard input"`
	Tokenizer string `flag:"tokenizer" path:"true" help:"tokenizer of the texts; by default the checkpoint's"`
}

// inputs are the files that s names; standard input is /dev/stdin.
func (s source) inputs() []string {
	files := []string{s.IDs, s.Text, s.Tokenizer}
	for i, name := range files {
		if name == "-" {
			files[i] = "/dev/stdin"
		}
	}
	return files
}

// check requires exactly one of --ids and --text.
func (s source) check() error {
	if (s.IDs == "") == (s.Text == "") {
		return usererror.New("name the input: --ids FILE or --text FILE, one of them")
	}
	return nil
}

// rows reads the rows of a model. With prefixed, a line of text is a prefix, a TAB and its
// continuation.
func (s source) rows(ctx context.Context, m *xpt.Model, prefixed bool, messages io.Writer) ([]xpt.Row, error) {
	name, parse := s.IDs, parseRow
	if s.Text != "" {
		name = s.Text
		parse = func(line string, number int) (xpt.Row, error) { return textRow(line, number, prefixed) }
	}
	in, name, close, err := openInput(ctx, name)
	if err != nil {
		return nil, err
	}
	defer close()
	var rows []xpt.Row
	used := map[string]int{} // the line of each id
	lines := plaintext.NewLines(name, in)
	for {
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
		if err == nil {
			r, err = m.Encode(r)
		}
		if err != nil {
			return nil, lines.Errorf("%w", err)
		}
		if before := used[r.ID]; before > 0 {
			return nil, lines.Errorf("id %q was already used in line %d", r.ID, before)
		}
		used[r.ID] = lines.Number()
		rows = append(rows, r)
	}
	warn(messages, lines.Warning())
	if len(rows) == 0 {
		return nil, usererror.Errorf("%s holds no rows", name)
	}
	return rows, nil
}

// warn writes a line to standard error, if there is one to write.
func warn(messages io.Writer, text string) {
	if text != "" {
		fmt.Fprintln(messages, "xpt:", oneLine(text))
	}
}

// openInput opens a file, or standard input for "-" and "/dev/stdin", which is read until ctx ends; only standard
// input may be a pipe. It returns the input's name for messages.
func openInput(ctx context.Context, file string) (in io.Reader, name string, close func() error, err error) {
	if file == "-" || file == "/dev/stdin" {
		const name = "standard input"
		return interruptible{ctx, os.Stdin}, name, func() error { return nil }, regular.NotStandardOutput(name, os.Stdin)
	}
	f, err := regular.Open(file)
	if err != nil {
		return nil, "", nil, err
	}
	return f, file, f.Close, nil
}

// parseRow reads a line of --ids.
func parseRow(line string, number int) (xpt.Row, error) {
	var in struct {
		ID     json.RawMessage `json:"id"`
		IDs    []*int          `json:"input_ids"`
		Mask   []*int          `json:"attention_mask"`
		Prefix int             `json:"prefix"`
	}
	if err := jsonfile.UnmarshalPart([]byte(line), &in); err != nil {
		return xpt.Row{}, usererror.Errorf("not a line {\"id\": ..., \"input_ids\": [...]}: %w", err)
	}
	r := xpt.Row{ID: strconv.Itoa(number), IDs: []int{}, Prefix: in.Prefix}
	ids, err := numbers("input_ids", in.IDs)
	if err != nil {
		return r, err
	}
	r.IDs = append(r.IDs, ids...)
	if r.Mask, err = numbers("attention_mask", in.Mask); err != nil {
		return r, err
	}
	if in.ID != nil && json.Unmarshal(in.ID, &r.ID) != nil {
		var number json.Number // stands for its digits
		if json.Unmarshal(in.ID, &number) != nil {
			return r, usererror.Errorf("the id is %.80s: expected a string or a number", in.ID)
		}
		r.ID = string(number)
	}
	return r, nil
}

// numbers keeps nil and refuses null, which encoding/json would decode as 0.
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

// textRow makes a row of a line of --text.
func textRow(line string, number int, prefixed bool) (xpt.Row, error) {
	r := xpt.Row{ID: strconv.Itoa(number), Text: line}
	if prefixed {
		var ok bool
		if r.Context, r.Text, ok = strings.Cut(line, "\t"); !ok {
			return r, usererror.New("no TAB between a prefix and its continuation")
		}
	}
	return r, nil
}
