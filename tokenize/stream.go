package tokenize

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"xpt/internal/jsonfile"
	"xpt/internal/plaintext"
)

// StreamOptions are the formats of a stream's input and output.
type StreamOptions struct {
	JSONInput bool // each line is a JSON string, or with Words a JSON list of words
	Words     bool // each line is a list of words: separated by white space, or a JSON list
	Special   bool // XGLM's layout, with the leading </s>
	JSON      bool // write JSON objects, else ids, a tab and pieces
}

// The size of a chunk that is encoded at a time: lines, or bytes if fewer.
const (
	chunkLines = 4096
	chunkBytes = 256 << 10
)

// Stream encodes each line of in, on all cores, writes a line for each to out, in order, and returns counts; without out it only
// counts. A wrong line is an error with name and line number.
func (t *Tokenizer) Stream(ctx context.Context, name string, in io.Reader, out io.Writer, o StreamOptions) (Stats, error) {
	stats := Stats{Name: name, Rule: t.rule}
	w := bufio.NewWriterSize(io.Discard, 1<<16)
	if out != nil {
		w.Reset(out)
	}
	for all := plaintext.NewLines(name, in); ; {
		lines, err := chunk(all)
		stats.Warning = all.Warning()
		if err != nil && err != io.EOF {
			return stats, errors.Join(err, w.Flush())
		}
		first := stats.Lines
		for i, a := range parallel(lines, func(_ int, line string) answer { return t.answer(line, o, out != nil) }) {
			if a.err != nil {
				return stats, errors.Join(fmt.Errorf("%s:%d: %w", name, first+i+1, a.err), w.Flush())
			}
			stats.add(a.stats)
			if _, err := w.Write(a.line); err != nil {
				return stats, err
			}
		}
		if err == io.EOF {
			return stats, w.Flush()
		}
		if err := ctx.Err(); err != nil {
			return stats, errors.Join(err, w.Flush())
		}
	}
}

// chunk reads the next chunk of lines; the error is io.EOF after the last line.
func chunk(all *plaintext.Lines) (lines []string, err error) {
	for size := 0; len(lines) < chunkLines && size < chunkBytes; {
		line, err := all.Next()
		if err != nil {
			return lines, err
		}
		lines = append(lines, line)
		size += len(line)
	}
	return lines, nil
}

// answer is the result of a line.
type answer struct {
	stats Stats
	line  []byte
	err   error
}

func (t *Tokenizer) answer(line string, o StreamOptions, write bool) answer {
	e, words, err := t.encodeLine(line, o)
	if err != nil {
		return answer{err: err}
	}
	a := answer{stats: e.stats(words)}
	if !o.Special {
		e = e.withoutLayout()
	}
	if write && o.JSON {
		a.line = t.appendJSON(make([]byte, 0, 64+32*len(e.IDs)+2*len(line)), e)
	} else if write {
		a.line = t.appendText(make([]byte, 0, 16+8*len(e.IDs)+2*len(line)), e)
	}
	return a
}

// encodeLine encodes a line in XGLM's layout; words is the length of its word list, -1 for plain text.
func (t *Tokenizer) encodeLine(line string, o StreamOptions) (e Encoded, words int, err error) {
	if !o.Words {
		if o.JSONInput {
			var text *string
			if err := jsonfile.UnmarshalPart([]byte(line), &text); err != nil {
				return e, 0, fmt.Errorf("not a JSON string: %w", err)
			}
			if text == nil {
				return e, 0, errors.New("not a JSON string: null")
			}
			line = *text
		}
		return t.EncodeText(line, 0), -1, nil
	}
	list := strings.Fields(line)
	if o.JSONInput {
		if list, err = WordList(line); err != nil {
			return e, 0, err
		}
	}
	return t.EncodeWords(list), len(list), nil
}

// WordList parses a JSON list of words, without nulls.
func WordList(line string) ([]string, error) {
	var list []*string
	if err := jsonfile.UnmarshalPart([]byte(line), &list); err != nil {
		return nil, fmt.Errorf("not a JSON list of words: %w", err)
	}
	if list == nil {
		return nil, errors.New("not a JSON list of words: null")
	}
	words := make([]string, len(list))
	for i, word := range list {
		if word == nil {
			return nil, fmt.Errorf("word %d of the JSON list is null", i+1)
		}
		words[i] = *word
	}
	return words, nil
}
