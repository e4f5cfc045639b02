package tokenize

import "slices"

// trie is a double-array trie over bytes. A unit packs base<<32 | id<<8 | label; the child of a node for byte c is the unit
// at base^c if its label is c. Nodes have distinct bases, so the label identifies the parent. The label 0xff, which is not in
// valid UTF-8, marks free units.
type trie struct {
	units []uint64
	root  uint32 // base of the root
}

const (
	noID      = 1<<24 - 1
	freeLabel = 0xff
	freeUnit  = noID<<8 | freeLabel
	blockSize = 256
	openSpan  = 16 // blocks searched for free units
)

func unitID(u uint64) int32    { return int32(u >> 8 & noID) }
func unitBase(u uint64) uint32 { return uint32(u >> 32) }

// find returns the id of a key, or noID.
func (t *trie) find(key string) int32 {
	base, id := t.root, int32(noID)
	for i := 0; i < len(key); i++ {
		u := t.units[base^uint32(key[i])]
		if byte(u) != key[i] || key[i] == freeLabel {
			return noID
		}
		base, id = unitBase(u), unitID(u)
	}
	return id
}

// longest returns the length and the id of the longest key that text begins with; 0 without a key.
func (t *trie) longest(text string) (n int, id int32) {
	base := t.root
	for i := 0; i < len(text); i++ {
		u := t.units[base^uint32(text[i])]
		if byte(u) != text[i] || text[i] == freeLabel {
			break
		}
		if base = unitBase(u); unitID(u) != noID {
			n, id = i+1, unitID(u)
		}
	}
	return n, id
}

// trieBuilder places keys depth first; order has the ids still to be placed, radix-sorted by depth.
type trieBuilder struct {
	trie
	keys   []string
	order  []int32
	buffer []int32
	next   []uint32 // circular list of free units, by unit
	prev   []uint32
	head   uint32 // first free unit, 0 without any
	taken  []bool // used bases
	twice  int32  // an id of a repeated key, or noID
}

// buildTrie builds the trie of the keys with the given ids. A repeated key keeps its last id; twice is an id of such a key,
// else noID. Keys are non-empty and valid UTF-8.
func buildTrie(keys []string, ids []int32) (t trie, twice int32) {
	b := &trieBuilder{keys: keys, order: ids, buffer: make([]int32, len(ids)), twice: noID}
	b.grow() // block 0 stays empty: the base of nodes without children
	for b.head != 0 {
		b.unlink(b.head)
	}
	b.grow()
	b.root = b.place(0, len(ids), 0)
	return trie{units: slices.Clip(slices.Clone(b.units)), root: b.root}, b.twice
}

// place places the children of the node that the keys order[lo:hi] pass at this depth, and returns the node's base.
func (b *trieBuilder) place(lo, hi, depth int) uint32 {
	if lo == hi {
		return 0
	}
	b.sortByByte(lo, hi, depth)
	var labels [blockSize]byte
	n := 0
	for i := lo; i < hi; i++ {
		if c := b.keys[b.order[i]][depth]; n == 0 || labels[n-1] != c {
			labels[n] = c
			n++
		}
	}
	base := b.reserve(labels[:n])
	for i := lo; i < hi; {
		c, end := b.keys[b.order[i]][depth], i+1
		for end < hi && b.keys[b.order[end]][depth] == c {
			end++
		}
		id, deeper := b.terminal(i, end, depth+1)
		unit := base ^ uint32(c)
		child := b.place(deeper, end, depth+1)
		b.units[unit] = uint64(child)<<32 | uint64(id)<<8 | uint64(c)
		i = end
	}
	return base
}

// terminal moves the ids of keys that end at depth to the front, and returns the last of them and the start of the rest.
func (b *trieBuilder) terminal(lo, hi, depth int) (id int32, rest int) {
	id, rest = noID, lo
	for i := lo; i < hi; i++ {
		if k := b.order[i]; len(b.keys[k]) == depth {
			b.order[i], b.order[rest] = b.order[rest], k
			if id != noID {
				b.twice = k
			}
			if id == noID || k > id {
				id = k
			}
			rest++
		}
	}
	return id, rest
}

func (b *trieBuilder) sortByByte(lo, hi, depth int) {
	part := b.order[lo:hi]
	if len(part) < 64 {
		for i := 1; i < len(part); i++ {
			for j := i; j > 0 && b.keys[part[j]][depth] < b.keys[part[j-1]][depth]; j-- {
				part[j], part[j-1] = part[j-1], part[j]
			}
		}
		return
	}
	var count [blockSize + 1]int
	for _, k := range part {
		count[int(b.keys[k][depth])+1]++
	}
	for c := range blockSize {
		count[c+1] += count[c]
	}
	sorted := b.buffer[:len(part)]
	for _, k := range part {
		c := b.keys[k][depth]
		sorted[count[c]] = k
		count[c]++
	}
	copy(part, sorted)
}

// reserve finds a base with free units for all labels, and reserves them.
func (b *trieBuilder) reserve(labels []byte) uint32 {
	for {
		for u, first := b.head, true; b.head != 0 && (first || u != b.head); u, first = b.next[u], false {
			base := u ^ uint32(labels[0])
			if b.taken[base] || !b.fits(base, labels) {
				continue
			}
			b.taken[base] = true
			for _, c := range labels {
				b.unlink(base ^ uint32(c))
			}
			return base
		}
		b.grow()
	}
}

func (b *trieBuilder) fits(base uint32, labels []byte) bool {
	for _, c := range labels[1:] {
		if b.next[base^uint32(c)] == 0 {
			return false
		}
	}
	return true
}

// grow adds a block of free units, and stops the search in the oldest open block.
func (b *trieBuilder) grow() {
	from := uint32(len(b.units))
	b.units = append(b.units, make([]uint64, blockSize)...)
	b.next = append(b.next, make([]uint32, blockSize)...)
	b.prev = append(b.prev, make([]uint32, blockSize)...)
	b.taken = append(b.taken, make([]bool, blockSize)...)
	for u := from; u < from+blockSize; u++ {
		b.units[u] = freeUnit
		if u == 0 {
			continue // the list ends in 0
		}
		b.link(u)
	}
	if closed := int(from) - openSpan*blockSize; closed > 0 {
		for u := uint32(closed); u < uint32(closed)+blockSize; u++ {
			if b.next[u] != 0 {
				b.unlink(u)
			}
		}
	}
}

func (b *trieBuilder) link(u uint32) {
	if b.head == 0 {
		b.head, b.next[u], b.prev[u] = u, u, u
		return
	}
	last := b.prev[b.head]
	b.next[last], b.prev[u], b.next[u], b.prev[b.head] = u, last, b.head, u
}

// unlink removes a unit from the list of free units.
func (b *trieBuilder) unlink(u uint32) {
	n, p := b.next[u], b.prev[u]
	b.next[p], b.prev[n] = n, p
	b.next[u] = 0
	if b.head == u {
		if b.head = n; n == u {
			b.head = 0
		}
	}
}
