package tokenize

import (
	"encoding/json"
	"strconv"
)

// withoutLayout removes the leading </s>.
func (e Encoded) withoutLayout() Encoded {
	return Encoded{IDs: e.IDs[1:], Words: e.Words[1:], Offsets: e.Offsets[1:]}
}

// appendText appends the ids, a tab and the pieces.
func (t *Tokenizer) appendText(b []byte, e Encoded) []byte {
	b = appendList(b, ' ', len(e.IDs), func(b []byte, i int) []byte { return strconv.AppendInt(b, int64(e.IDs[i]), 10) })
	b = append(b, '\t')
	b = appendList(b, ' ', len(e.IDs), func(b []byte, i int) []byte { return append(b, t.vocab.pieces[e.IDs[i]]...) })
	return append(b, '\n')
}

// appendJSON appends {"ids", "pieces", "offsets", "words"}; the word of a special is null.
func (t *Tokenizer) appendJSON(b []byte, e Encoded) []byte {
	b = append(b, `{"ids":[`...)
	b = appendList(b, ',', len(e.IDs), func(b []byte, i int) []byte { return strconv.AppendInt(b, int64(e.IDs[i]), 10) })
	b = append(b, `],"pieces":[`...)
	b = appendList(b, ',', len(e.IDs), func(b []byte, i int) []byte { return appendJSONString(b, t.vocab.pieces[e.IDs[i]]) })
	b = append(b, `],"offsets":[`...)
	b = appendList(b, ',', len(e.Offsets), func(b []byte, i int) []byte {
		b = strconv.AppendInt(append(b, '['), int64(e.Offsets[i][0]), 10)
		b = strconv.AppendInt(append(b, ','), int64(e.Offsets[i][1]), 10)
		return append(b, ']')
	})
	b = append(b, `],"words":[`...)
	b = appendList(b, ',', len(e.Words), func(b []byte, i int) []byte {
		if e.Words[i] < 0 {
			return append(b, "null"...)
		}
		return strconv.AppendInt(b, int64(e.Words[i]), 10)
	})
	return append(b, "]}\n"...)
}

func appendList(b []byte, separator byte, n int, item func([]byte, int) []byte) []byte {
	for i := range n {
		if i > 0 {
			b = append(b, separator)
		}
		b = item(b, i)
	}
	return b
}

// appendJSONString quotes a piece; pieces with escapes use encoding/json.
func appendJSONString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // a string always marshals
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
