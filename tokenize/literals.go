package tokenize

import (
	"maps"
	"slices"
)

// literals are spellings that, where a text has them, are each one token.
type literals struct {
	trie trie
	ids  []int // by the trie's ids; nil: there are none
}

// newLiterals makes those of spellings with their ids; none is empty.
func newLiterals(ids map[string]int) literals {
	if len(ids) == 0 {
		return literals{}
	}
	var l literals
	spellings := slices.Sorted(maps.Keys(ids))
	all := make([]int32, len(spellings))
	for i, spelling := range spellings {
		all[i] = int32(i)
		l.ids = append(l.ids, ids[spelling])
	}
	l.trie, _ = buildTrie(spellings, all)
	return l
}

// next finds the first literal from a byte of the text on, the longest that
// begins there; start is the text's length where there is none.
func (l *literals) next(text string, from int) (start, end, id int) {
	for start = from; l.ids != nil && start < len(text); start++ {
		if n, which := l.trie.longest(text[start:]); n > 0 {
			return start, start + n, l.ids[which]
		}
	}
	return len(text), len(text), -1
}
