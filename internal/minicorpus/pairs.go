package main

// pair is a premise, a hypothesis and what the one says about the other.
type pair struct {
	premise, hypothesis Clause
	label               string
}

var labels = []string{"entailment", "neutral", "contradiction"}

// pair draws one with the given label. What decides is where it happens, what the object is like, or whether it happens
// at all, and each of these comes with every label. As in corpora that people wrote, a denial is more often a contradiction.
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

// event: someone does something to a thing that has a property, somewhere.
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

// where: the hypothesis is about the place.
func (s *sampler) where(p *pair) {
	p.hypothesis = Clause{Mode: "present", S: p.premise.S, V: p.premise.V, O: p.premise.O, Place: p.premise.Place}
	p.hypothesis.O.Adj = ""
	if s.chance(0.5) { // something else to leave out
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

// quality: the hypothesis says what the object is like, or not like.
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

// whether: the hypothesis says the bare event, denies it, or speaks of another one.
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
