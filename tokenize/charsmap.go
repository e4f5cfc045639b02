package tokenize

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf8"
)

// charsmap is SentencePiece's precompiled normalisation table: a Darts double array from byte strings to offsets in a blob of
// NUL-terminated replacements. Format: uint32 little-endian size of the array in bytes, the array of uint32 units, the blob.
type charsmap struct {
	units []uint32
	root  uint32
	blob  string
	// plain marks the ASCII bytes that map to themselves before ASCII, which avoids most look-ups in ASCII text.
	plain [utf8.RuneSelf]bool
}

func parseCharsmap(data string) (*charsmap, error) {
	c := &charsmap{}
	if data != "" {
		if len(data) < 4 {
			return nil, errors.New("precompiled_charsmap is cut short")
		}
		size := uint64(binary.LittleEndian.Uint32([]byte(data[:4])))
		if size%4 != 0 || size+4 > uint64(len(data)) {
			return nil, errors.New("precompiled_charsmap is broken: its trie is larger than the table")
		}
		c.units = make([]uint32, size/4)
		for i := range c.units {
			c.units[i] = binary.LittleEndian.Uint32([]byte(data[4+4*i : 8+4*i]))
		}
		c.blob = strings.Clone(data[4+size:])
		if size > 0 {
			c.root = unitOffset(c.units[0])
		}
	}
	for b := range c.plain {
		c.plain[b] = c.isPlain(byte(b))
	}
	return c, nil
}

func unitOffset(u uint32) uint32 { return (u >> 10) << ((u & (1 << 9)) >> 6) }

// step follows a byte from the node with this base; ok is false if no key continues so. leaf tells whether a key ends here.
func (c *charsmap) step(base uint32, b byte) (next uint32, leaf, ok bool) {
	at := base ^ uint32(b)
	if at >= uint32(len(c.units)) {
		return 0, false, false
	}
	u := c.units[at]
	if u&(1<<31|0xff) != uint32(b) {
		return 0, false, false
	}
	return at ^ unitOffset(u), u>>8&1 == 1, true
}

// value is the replacement of the node with this base.
func (c *charsmap) value(base uint32) string {
	if base >= uint32(len(c.units)) {
		return ""
	}
	at := c.units[base] & (1<<31 - 1)
	if at >= uint32(len(c.blob)) {
		return ""
	}
	s := c.blob[at:]
	if end := strings.IndexByte(s, 0); end >= 0 {
		s = s[:end]
	}
	return s
}

// longest returns the length and the replacement of the longest key that text begins with; 0 without a key.
func (c *charsmap) longest(text string) (n int, replacement string) {
	base, leafBase, ok := c.root, uint32(0), true
	for i := 0; ok && i < len(text); i++ {
		var leaf bool
		if base, leaf, ok = c.step(base, text[i]); ok && leaf {
			n, leafBase = i+1, base
		}
	}
	if n == 0 {
		return 0, ""
	}
	return n, c.value(leafBase)
}

// shortest returns the replacement of the shortest key that text begins with.
func (c *charsmap) shortest(text string) (replacement string, ok bool) {
	base, ok := c.root, true
	for i := 0; ok && i < len(text); i++ {
		var leaf bool
		if base, leaf, ok = c.step(base, text[i]); ok && leaf {
			return c.value(base), true
		}
	}
	return "", false
}

func (c *charsmap) isPlain(b byte) bool {
	next, leaf, ok := c.step(c.root, b)
	if !ok {
		return true
	}
	for follow := range byte(utf8.RuneSelf) {
		if _, _, on := c.step(next, follow); on {
			return false
		}
	}
	return !leaf
}
