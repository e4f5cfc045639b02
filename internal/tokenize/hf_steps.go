package tokenize

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// stripStep is the normaliser Strip: white space off the ends.
func stripStep(left, right bool) hfStep {
	return func(w *work, _ string) {
		if left {
			cut := len(w.norm) - len(bytes.TrimLeftFunc(w.norm, unicode.IsSpace))
			w.norm, w.src = w.norm[cut:], w.src[cut:]
		}
		if right {
			end := len(bytes.TrimRightFunc(w.norm, unicode.IsSpace))
			w.norm, w.src = w.norm[:end], w.src[:end]
		}
	}
}

// replaceStep is the normaliser Replace of runs of at least two spaces.
func replaceStep(content string) hfStep {
	return func(w *work, _ string) { w.replaceSpaces(2, content) }
}

// replaceSpaces puts content for each run of spaces (for each space where least is 1), aligned with the run's last space.
func (w *work) replaceSpaces(least int, content string) {
	var norm []byte
	var src []int32
	kept := 0
	for i := 0; i < len(w.norm); {
		run := bytes.IndexByte(w.norm[i:], ' ')
		if run < 0 {
			break
		}
		i += run
		end := i + 1
		for least > 1 && end < len(w.norm) && w.norm[end] == ' ' {
			end++
		}
		if end-i >= least {
			norm, src = append(norm, w.norm[kept:i]...), append(src, w.src[kept:i]...)
			norm = append(norm, content...)
			for range len(content) {
				src = append(src, w.src[end-1])
			}
			kept = end
		}
		i = end
	}
	if kept > 0 {
		w.norm, w.src = append(norm, w.norm[kept:]...), append(src, w.src[kept:]...)
	}
}

// precompiledStep is the normaliser Precompiled: a grapheme shorter than six bytes becomes, as a whole, the image of its shortest prefix in the charsmap;
// of other graphemes each character is looked up alone. It must be the first step: it reads the text itself.
func precompiledStep(c *charsmap) hfStep {
	graphemes := graphemePages()
	return func(w *work, text string) {
		m := mover{work: w, text: text}
		w.norm, w.src = w.norm[:0], w.src[:0]
		for at := 0; at < len(text); {
			end := graphemes.end(text, at)
			if end-at < 6 {
				if image, ok := c.shortest(text[at:end]); ok {
					m.replace(text[at:end], image)
					at = end
					continue
				}
			}
			for at < end {
				r, width := utf8.DecodeRuneInString(text[at:])
				if image, ok := c.shortest(text[at : at+width]); ok {
					m.replace(text[at:at+width], image)
				} else {
					m.keep(r)
				}
				at += width
			}
		}
		m.flush()
	}
}

// mover aligns output characters with the text as the reference's change counts do. A kept or exchanged character (change 0) takes the next character of
// the text, an added one (1) shares the one before, and removed characters are counted on the output character before them (-n). What is removed
// before the first output character is counted nowhere, which shifts every later alignment; that is reproduced.
type mover struct {
	*work
	text    string
	at      int // next character of the text to take
	pending bool
	char    rune
	change  int
}

func (m *mover) keep(c rune) { m.push(c, 0) }

func (m *mover) replace(old, image string) {
	added := utf8.RuneCountInString(image) - utf8.RuneCountInString(old)
	left := utf8.RuneCountInString(image)
	for _, c := range image {
		change := 0
		if left <= added {
			change = 1
		}
		m.push(c, change)
		left--
	}
	if added < 0 {
		m.change += added // lost where nothing is pending
	}
}

func (m *mover) push(c rune, change int) {
	m.flush()
	m.pending, m.char, m.change = true, c, change
}

// flush writes the pending character, whose change can grow until the next one comes.
func (m *mover) flush() {
	if !m.pending {
		return
	}
	m.pending = false
	from := m.at
	if m.change > 0 {
		_, width := utf8.DecodeLastRuneInString(m.text[:m.at])
		from -= width
	}
	for take := 1 - m.change; take > 0; take-- {
		_, width := utf8.DecodeRuneInString(m.text[m.at:])
		m.at += width
	}
	m.putRune(m.char, int32(from))
}
