package main

// pair is a premise, a hypothesis and their label.
type pair struct {
	premise, hypothesis Clause
	label               string
}

var labels = []string{"entailment", "neutral", "contradiction"}

// pair samples a pair with the label. The label depends on the place, the object's property or the event; each occurs with
// every label. As in natural corpora, negation is more frequent in contradictions.
func (s *sampler) pair(label string) pair {
	p := pair{label: label, premise: s.event()}
	switch x := s.r.Float64(); {
	case x < 0.3:
		s.where(&p)
	case x < 0.6:
		s.quality(&p)
	default:
		s.whether(&p)
	}
	return p
}

// event samples a clause: someone does something to a thing with a property, somewhere.
func (s *sampler) event() Clause {
	c := Clause{Mode: "present"}
	if s.chance(0.25) {
		c.S = s.person()
	} else {
		c.S = s.creature("def")
		c.S.Adj = ""
	}
	for len(s.objects[c.V]) == 0 || s.isAnimal(c.S) && !animalVerbs[c.V] {
		c.V = s.pick(s.verbs)
	}
	for c.O.Adj == "" || s.antonym[c.O.Adj] == "" {
		c.O = s.object(s.objects[c.V], "def")
		c.O.Adj = s.adjective(c.O.Noun)
	}
	c.Place = s.pick(s.places)
	return c
}

// where makes a hypothesis about the place.
func (s *sampler) where(p *pair) {
	p.hypothesis = Clause{Mode: "present", S: p.premise.S, V: p.premise.V, O: p.premise.O, Place: p.premise.Place}
	p.hypothesis.O.Adj = ""
	if s.chance(0.5) { // another detail that the hypothesis leaves out
		p.premise.O.Adj, p.premise.For = "", s.pick(s.fors)
	}
	switch p.label {
	case "neutral":
		p.premise.Place = ""
	case "contradiction":
		for p.hypothesis.Place == p.premise.Place {
			p.hypothesis.Place = s.pick(s.places)
		}
	}
}

// quality makes a hypothesis about the object's property.
func (s *sampler) quality(p *pair) {
	is := p.premise.O.Adj
	other := s.antonym[is]
	if s.chance(0.5) {
		p.premise.Place = ""
	}
	p.hypothesis = Clause{Mode: "copula", S: p.premise.O, C: is}
	p.hypothesis.S.Adj = ""
	deny := s.chance(0.2)
	if deny {
		p.hypothesis.Mode = "notcopula"
	}
	switch p.label {
	case "neutral":
		p.premise.O.Adj = ""
	case "entailment":
		if deny {
			p.hypothesis.C = other
		}
	default:
		if !deny {
			p.hypothesis.C = other
		}
	}
}

// whether makes a hypothesis about the event, its negation, or another event.
func (s *sampler) whether(p *pair) {
	p.hypothesis = Clause{Mode: "present", S: p.premise.S, V: p.premise.V, O: p.premise.O}
	p.hypothesis.O.Adj = ""
	if s.chance(0.5) {
		p.premise.Place = ""
	}
	switch p.label {
	case "neutral":
		e := s.event()
		for e.V == p.premise.V || s.isAnimal(p.premise.S) && !animalVerbs[e.V] {
			e = s.event()
		}
		p.hypothesis.V, p.hypothesis.O = e.V, e.O
		p.hypothesis.O.Adj = ""
		fallthrough
	case "contradiction":
		if p.label == "contradiction" || s.chance(0.2) {
			p.hypothesis.Mode = "neg"
		}
	}
}
