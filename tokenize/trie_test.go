package tokenize

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestTrieAgainstMap builds tries of random keys over small and full alphabets and looks up keys, their prefixes and extensions.
func TestTrieAgainstMap(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	for _, alphabet := range []int{1, 2, 5, 254} {
		for _, n := range []int{0, 1, 30, 3000} {
			t.Run(fmt.Sprint(alphabet, " letters, ", n, " keys"), func(t *testing.T) {
				want := map[string]int32{}
				var keys []string
				for range n {
					key := make([]byte, 1+draw.IntN(12))
					for i := range key {
						key[i] = byte(draw.IntN(alphabet))
					}
					if _, twice := want[string(key)]; !twice {
						want[string(key)] = int32(len(keys))
						keys = append(keys, string(key))
					}
				}
				ids := make([]int32, len(keys))
				for i := range ids {
					ids[i] = int32(i)
				}
				draw.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
				tr, twice := buildTrie(keys, ids)
				if twice != noID {
					t.Fatalf("key %q is said to come twice", keys[twice])
				}
				for _, key := range keys {
					for _, k := range []string{key, key[:len(key)-1], key + "\x00", key + "\xff", "\xff" + key} {
						id, ok := want[k]
						if got := tr.find(k); ok && got != id || !ok && got != noID {
							t.Fatalf("find(%q) = %d, want %d, %v", k, got, id, ok)
						}
					}
				}
			})
		}
	}
}

func TestTrieKeyTwice(t *testing.T) {
	keys := []string{"b", "ab", "a", "ab"}
	tr, twice := buildTrie(keys, []int32{3, 0, 1, 2})
	if keys[max(twice, 0)] != "ab" || tr.find("ab") != 3 {
		t.Errorf("twice %d, find %d", twice, tr.find("ab"))
	}
	if got := []int32{tr.find("a"), tr.find("b"), tr.find(""), tr.find("abc")}; !slices.Equal(got, []int32{2, 0, noID, noID}) {
		t.Errorf("found %v", got)
	}
}
