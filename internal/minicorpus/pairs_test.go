package main

import (
	"testing"
)

// What each label means, told from the clauses alone.
func TestPairsMeanTheirLabels(t *testing.T) {
	w, err := loadWorld()
	if err != nil {
		t.Fatal(err)
	}
	s := w.sampler(11, false)
	for i := range 3000 {
		p := s.pair(labels[i%3])
		a, b := p.premise, p.hypothesis
		sameEvent := b.V == a.V && b.O.Noun == a.O.Noun && b.S == a.S
		is := b.C != "" && b.C == a.O.Adj
		opposite := b.C != "" && a.O.Adj != "" && w.antonym[a.O.Adj] == b.C
		var want string
		switch {
		case b.Mode == "copula" && is, b.Mode == "notcopula" && opposite:
			want = "entailment"
		case b.Mode == "copula" && opposite, b.Mode == "notcopula" && is:
			want = "contradiction"
		case b.C != "", !sameEvent, b.Place != "" && a.Place == "":
			want = "neutral"
		case b.Mode == "neg", b.Place != "" && b.Place != a.Place:
			want = "contradiction"
		default:
			want = "entailment"
		}
		if p.label != want {
			t.Fatalf("%s, not %s:\n%+v\n%+v", want, p.label, a, b)
		}
	}
}
