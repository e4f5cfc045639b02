package tokenize

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// graphemeClass is the class of a character in the rules for grapheme clusters (Unicode annex 29).
type graphemeClass uint8

const (
	other graphemeClass = iota
	control
	prepend    // joins the next character
	zwj        // this and the next three join the character before
	extend     //
	linker     // a virama
	spacing    // ends a conjunct
	consonant  // of a script with viramas
	pictograph // emoji
	hangulL    // parts of syllable blocks, and blocks by their last part
	hangulV
	hangulT
	hangulLV
	hangulLVT
)

// graphemesTSV has the class of ranges of code points from U+0080, without Hangul; other code points have none. The script
// testdata/tokenize/graphemes.py writes it.
//
//go:embed graphemes.tsv
var graphemesTSV string

var graphemeClasses = map[string]graphemeClass{"control": control, "prepend": prepend, "zwj": zwj, "extend": extend,
	"linker": linker, "spacing": spacing, "consonant": consonant, "pictograph": pictograph}

// graphemePages holds the classes in pages of 256 code points; page 0 is all other.
var graphemePages = sync.OnceValue(func() *pages {
	p := &pages{blocks: make([][256]graphemeClass, 1)}
	for _, line := range strings.Split(strings.TrimSpace(graphemesTSV), "\n")[1:] {
		f := strings.Split(line, "\t")
		first, _ := strconv.ParseInt(f[0], 16, 32)
		last, _ := strconv.ParseInt(f[1], 16, 32)
		for c := first; c <= last; c++ {
			if p.index[c>>8] == 0 {
				p.index[c>>8] = uint16(len(p.blocks))
				p.blocks = append(p.blocks, [256]graphemeClass{})
			}
			p.blocks[p.index[c>>8]][c&0xff] = graphemeClasses[f[2]]
		}
	}
	return p
})

type pages struct {
	index  [utf8.MaxRune>>8 + 1]uint16
	blocks [][256]graphemeClass
}

func (p *pages) class(c rune) graphemeClass {
	switch {
	case c < ' ' || c == 0x7f:
		return control
	case c < 0x80:
		return other
	case c >= 0x1100 && c <= 0xd7fb:
		if h := hangulClass(c); h != other {
			return h
		}
	}
	return p.blocks[p.index[c>>8]][c&0xff]
}

func hangulClass(c rune) graphemeClass {
	switch {
	case c <= 0x115f, c >= 0xa960 && c <= 0xa97c:
		return hangulL
	case c <= 0x11a7, c >= 0xd7b0 && c <= 0xd7c6:
		return hangulV
	case c <= 0x11ff, c >= 0xd7cb:
		return hangulT
	case c >= 0xac00 && c <= 0xd7a3 && (c-0xac00)%28 == 0:
		return hangulLV
	case c >= 0xac00 && c <= 0xd7a3:
		return hangulLVT
	}
	return other
}

// joiner is the state of the rules over several characters of a cluster.
type joiner struct {
	emoji    int // 1 after a pictograph and its marks, 2 after their zwj
	conjunct int // 1 after a consonant and its marks, 2 after a virama among them
}

func (j *joiner) see(c graphemeClass) {
	switch {
	case c == pictograph:
		j.emoji = 1
	case c == zwj && j.emoji == 1:
		j.emoji = 2
	case j.emoji == 1 && (c == extend || c == linker):
	default:
		j.emoji = 0
	}
	switch {
	case c == consonant:
		j.conjunct = 1
	case c == linker && j.conjunct > 0:
		j.conjunct = 2
	case c != extend && c != zwj:
		j.conjunct = 0
	}
}

// joins tells whether next continues the cluster whose last character is prev.
func (j *joiner) joins(prev, next graphemeClass) bool {
	if prev == control || next == control {
		return false
	}
	switch next {
	case zwj, extend, linker, spacing:
		return true
	case pictograph:
		return j.emoji == 2 || prev == prepend
	case consonant:
		return j.conjunct == 2 || prev == prepend
	case hangulL, hangulLV, hangulLVT:
		return prev == hangulL || prev == prepend
	case hangulV:
		return prev == hangulL || prev == hangulV || prev == hangulLV || prev == prepend
	case hangulT:
		return prev >= hangulV && prev <= hangulLVT || prev == prepend
	}
	return prev == prepend
}

// end is the end of the grapheme cluster that begins at a boundary. It does not join flags, which do not matter to the
// normaliser.
func (p *pages) end(text string, at int) int {
	first, width := utf8.DecodeRuneInString(text[at:])
	at += width
	if first < utf8.RuneSelf && (at == len(text) || text[at] < utf8.RuneSelf) {
		if first == '\r' && at < len(text) && text[at] == '\n' {
			return at + 1
		}
		return at
	}
	prev := p.class(first)
	var j joiner
	j.see(prev)
	for at < len(text) {
		c, width := utf8.DecodeRuneInString(text[at:])
		next := p.class(c)
		if !j.joins(prev, next) {
			return at
		}
		j.see(next)
		prev = next
		at += width
	}
	return at
}
