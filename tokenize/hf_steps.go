package tokenize

import (
	"bytes"
	"unicode"
)

// stripStep is the normaliser Strip: it removes white space at the ends.
func stripStep(left, right bool) hfStep {
	return func(w *work) {
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

// replaceStep is the normaliser Replace for runs of at least two spaces.
func replaceStep(content string) hfStep {
	return func(w *work) { w.replaceSpaces(2, content) }
}

// replaceSpaces replaces each run of at least least spaces (each space if least is 1) by content, aligned with the run's last
// space.
func (w *work) replaceSpaces(least int, content string) {
	norm, src := w.spareNorm[:0], w.spareSrc[:0]
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
		norm, src = append(norm, w.norm[kept:]...), append(src, w.src[kept:]...)
		w.norm, w.src, w.spareNorm, w.spareSrc = norm, src, w.norm, w.src
	}
}
