package tokenize

// EncodeText encodes a text in XGLM's layout: </s> A. With maxLen > 0 it truncates the text on the right to maxLen ids in
// all; the </s> always stays.
func (t *Tokenizer) EncodeText(text string, maxLen int) Encoded {
	return layout(maxLen, t.Encode(text))
}

// EncodePair encodes two texts in XGLM's layout: </s> A </s></s> B. With maxLen > 0 it truncates both on the right, as Hugging
// Face's longest_first; the three </s> always stay. Words and Offsets of B refer to B.
func (t *Tokenizer) EncodePair(a, b string, maxLen int) Encoded {
	return layout(maxLen, t.Encode(a), t.Encode(b))
}

// EncodeWords encodes a list of words, each separately, in XGLM's layout: </s> and the sub-tokens. Words are indices of the
// list, Offsets refer to each word. A word that the normaliser empties has no sub-token; see [Encoded.WordCounts]. It does
// not truncate: a caller with a limit splits between words.
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

// WordCounts counts the sub-tokens of each of the first n words; 0 for a word that the normaliser emptied.
func (e Encoded) WordCounts(n int) []int {
	counts := make([]int, n)
	for _, w := range e.Words {
		if w >= 0 && w < n {
			counts[w]++
		}
	}
	return counts
}

// layout joins one or two parts with </s>.
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
	out.cut(0) // keeps the capacity
	for i, p := range parts {
		if i > 0 {
			out.addEOS()
		}
		out.addEOS()
		out.add(p)
	}
	return out
}

// truncate truncates one or two parts to limit sub-tokens in all, longest first: the shorter keeps up to half the limit, the
// longer gets the rest. If both are truncated, the longer keeps an odd sub-token (the second, if they are equal).
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
