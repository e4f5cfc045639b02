package tokenize

import "unicode/utf8"

// precompiled is the normaliser Precompiled: a grapheme shorter than six bytes becomes, as a whole, the image of its shortest prefix in the charsmap;
// of other graphemes each character is looked up alone.
func (w *work) precompiled(text string, chars *charsmap) {
	graphemes := graphemePages()
	m := mover{work: w, text: text}
	for at := 0; at < len(text); {
		if c := text[at]; c < utf8.RuneSelf && chars.plain[c] && (at+1 == len(text) || text[at+1] < utf8.RuneSelf) {
			m.keep(rune(c)) // no key begins here
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

// mover aligns output characters with the text as the reference's change counts do. A kept or exchanged character takes the next character of the text, an
// added one shares the one before, unless characters are removed right after it: then it stands for those. What is removed before the first output character
// is not counted at all, which shifts every later alignment; that is reproduced.
type mover struct {
	*work
	text  string
	at    int  // next character of the text to take
	prev  int  // the one taken last
	last  int  // where the last output character begins
	added bool // whether it was added
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
	m.take()
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
		m.take()
	}
}

func (m *mover) take() {
	m.prev = m.at
	if m.at < len(m.text) && m.text[m.at] < utf8.RuneSelf {
		m.at++
		return
	}
	_, width := utf8.DecodeRuneInString(m.text[m.at:])
	m.at += width
}
