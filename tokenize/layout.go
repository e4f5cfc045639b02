package tokenize

// EncodeText gives a text in XGLM's layout: </s> A. With maxLen > 0 the text is cut on the right so that at most maxLen ids remain; the </s> always stays.
func (t *Tokenizer) EncodeText(text string, maxLen int) Encoded {
	return layout(maxLen, t.Encode(text))
}

// EncodePair gives two texts in XGLM's layout: </s> A </s></s> B. With maxLen > 0 both are cut on the right, the longer one first, as Hugging Face's
// longest_first does; the three </s> always stay. Words and Offsets of B refer to B.
func (t *Tokenizer) EncodePair(a, b string, maxLen int) Encoded {
	return layout(maxLen, t.Encode(a), t.Encode(b))
}

// EncodeWords gives a list of words in XGLM's layout, </s> and the sub-tokens of each word encoded by itself. Words holds indices into the list, Offsets are
// those within each word. A word that the normaliser empties has no sub-token; see [Encoded.WordCounts]. Nothing is cut: a caller that has a limit splits between words.
func (t *Tokenizer) EncodeWords(words []string) Encoded {
	var all Encoded
	for i, word := range words {
		e := t.Encode(word)
		for j := range e.Words {
			e.Words[j] = i
		}
		all.add(e)
	}
	return layout(0, all)
}

// WordCounts gives the number of sub-tokens of each of the first n words; 0 marks a word that the normaliser emptied.
func (e Encoded) WordCounts(n int) []int {
	counts := make([]int, n)
	for _, w := range e.Words {
		if w >= 0 && w < n {
			counts[w]++
		}
	}
	return counts
}

// layout joins one or two parts with their </s>.
func layout(maxLen int, parts ...Encoded) Encoded {
	specials := 1
	if len(parts) == 2 {
		specials = 3
	}
	if maxLen > 0 {
		truncate(max(0, maxLen-specials), parts)
	}
	n := specials
	for _, p := range parts {
		n += len(p.IDs)
	}
	out := makeEncoded(n)
	out.cut(0) // room for all
	for i, p := range parts {
		if i > 0 {
			out.addEOS()
		}
		out.addEOS()
		out.add(p)
	}
	return out
}

// truncate cuts one or two parts to limit sub-tokens together, longest first: the shorter keeps all it has up to half the limit, the rest is the longer's;
// where both are cut the odd sub-token is the longer's (the second's, if they are equal).
func truncate(limit int, parts []Encoded) {
	if len(parts) == 1 {
		parts[0].cut(limit)
		return
	}
	short, long := &parts[0], &parts[1]
	if len(short.IDs) > len(long.IDs) {
		short, long = long, short
	}
	if len(short.IDs)+len(long.IDs) <= limit {
		return
	}
	short.cut(min(len(short.IDs), limit/2))
	long.cut(limit - len(short.IDs))
}

func (e *Encoded) cut(n int) {
	if n < len(e.IDs) {
		e.IDs, e.Words, e.Offsets = e.IDs[:n], e.Words[:n], e.Offsets[:n]
	}
}

func (e *Encoded) add(other Encoded) {
	e.IDs = append(e.IDs, other.IDs...)
	e.Words = append(e.Words, other.Words...)
	e.Offsets = append(e.Offsets, other.Offsets...)
}

func (e *Encoded) addEOS() {
	e.IDs, e.Words, e.Offsets = append(e.IDs, EOS), append(e.Words, -1), append(e.Offsets, [2]int{})
}
