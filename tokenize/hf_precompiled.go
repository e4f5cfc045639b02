package tokenize

import "unicode/utf8"

// precompiled is the normaliser Precompiled: a grapheme shorter than six bytes is replaced as a whole by the image of its
// shortest prefix in the charsmap; characters of other graphemes are replaced separately.
func (w *work) precompiled(text string, chars *charsmap) {
	graphemes := graphemePages()
	m := mover{work: w, text: text}
	for at := 0; at < len(text); {
		if c := text[at]; c < utf8.RuneSelf && chars.plain[c] && (at+1 == len(text) || text[at+1] < utf8.RuneSelf) {
			m.keep(rune(c)) // not in the charsmap
			at++
			continue
		}
		end := graphemes.end(text, at)
		if end-at < 6 {
			if image, ok := chars.shortest(text[at:end]); ok {
				m.replace(text[at:end], image)
				at = end
				continue
			}
		}
		for at < end {
			r, width := utf8.DecodeRuneInString(text[at:])
			if image, ok := chars.shortest(text[at : at+width]); ok {
				m.replace(text[at:at+width], image)
			} else {
				m.keep(r)
			}
			at += width
		}
	}
}

// mover aligns output characters with the text like the reference's change counts. A kept or replaced character is aligned
// with the next character of the text, an added one with the character before, unless characters are removed right after it:
// then with those. As in the reference, characters removed before the first output character are not counted, which shifts
// later alignments.
type mover struct {
	*work
	text  string
	at    int  // next character of the text
	prev  int  // the character before
	last  int  // start of the last output character
	added bool // whether that was added
}

func (m *mover) replace(old, image string) {
	more := utf8.RuneCountInString(image) - utf8.RuneCountInString(old)
	left := utf8.RuneCountInString(image)
	for _, c := range image {
		if left > more {
			m.keep(c)
		} else {
			m.put(c, m.prev, true)
		}
		left--
	}
	if more < 0 && len(m.norm) > 0 {
		m.remove(-more)
	}
}

func (m *mover) keep(c rune) {
	m.put(c, m.at, false)
	m.advance()
}

func (m *mover) put(c rune, from int, added bool) {
	m.last, m.added = len(m.norm), added
	m.putRune(c, int32(from))
}

func (m *mover) remove(n int) {
	for i := m.last; m.added && i < len(m.src); i++ {
		m.src[i] = int32(m.at)
	}
	m.added = false
	for range n {
		m.advance()
	}
}

func (m *mover) advance() {
	m.prev = m.at
	if m.at < len(m.text) && m.text[m.at] < utf8.RuneSelf {
		m.at++
		return
	}
	_, width := utf8.DecodeRuneInString(m.text[m.at:])
	m.at += width
}
