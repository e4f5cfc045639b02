// Package damages makes wrong variants of a JSON text, one per place in it, for
// tests of the code that reads it.
package damages

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Damage is a JSON text with one thing in it wrong.
type Damage struct {
	Where string
	Text  []byte
}

// wrongs are the values that replace a right one.
var wrongs = []any{nil, -1, []any{}, map[string]any{}, 1e12, "", true, 0.5, "x"}

// Of returns variants of a JSON text that are wrong in one place each: a value of
// another type, one out of range, or none. Of a list only the first and the last
// element are changed. Each place gets the next three of wrongs.
func Of(text []byte) ([]Damage, error) {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	var out []Damage
	for _, d := range damages(value, "", func(wrong any) any { return wrong }, nil) {
		text, err := json.Marshal(d.value)
		if err != nil {
			return nil, err
		}
		out = append(out, Damage{d.where, text})
	}
	return out, nil
}

type damage struct {
	where string
	value any
}

func damages(value any, at string, put func(any) any, all []damage) []damage {
	for range 3 {
		wrong := wrongs[len(all)%len(wrongs)]
		all = append(all, damage{fmt.Sprintf("%s = %v", at, wrong), put(wrong)})
	}
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = damages(v[key], at+"."+key, func(wrong any) any {
				changed := maps.Clone(v)
				changed[key] = wrong
				return put(changed)
			}, all)
			without := maps.Clone(v)
			delete(without, key)
			all = append(all, damage{at + "." + key + " gone", put(without)})
		}
	case []any:
		for _, i := range slices.Compact([]int{0, len(v) - 1}) {
			if i < 0 || i >= len(v) {
				break
			}
			all = damages(v[i], fmt.Sprintf("%s[%d]", at, i), func(wrong any) any {
				changed := slices.Clone(v)
				changed[i] = wrong
				return put(changed)
			}, all)
		}
		all = append(all, damage{at + " shorter", put(v[:len(v)/2])}, damage{at + " longer", put(append(slices.Clone(v), v...))})
	}
	return all
}
