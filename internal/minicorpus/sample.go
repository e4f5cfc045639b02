package main

// taste holds probabilities of contents.
type taste struct{ names, companies, cities, two float64 }

var (
	plainTaste = taste{names: 0.25, companies: 0.08, cities: 0.12, two: 0.3}
	nameTaste  = taste{names: 0.45, companies: 0.25, cities: 0.45, two: 0.15}
)

// sentence samples a sentence of one or two clauses.
func (s *sampler) sentence(t taste) Sentence {
	out := Sentence{First: s.clause(t)}
	if !s.chance(t.two) {
		return out
	}
	second := s.clause(t)
	out.Second = &second
	out.Link = []string{"and", "but", "because", "that"}[s.r.IntN(4)]
	if out.Link == "that" {
		out.First = Clause{Mode: "present", V: "say", S: s.speaker(t)}
	}
	return out
}

func (s *sampler) speaker(t taste) NP {
	switch {
	case s.chance(t.names):
		return s.person()
	case s.chance(0.2):
		return NP{Pron: []string{"he", "she", "they"}[s.r.IntN(3)]}
	}
	n := s.creature("def", "this")
	for s.isAnimal(n) {
		n = s.creature("def", "this")
	}
	return n
}

func (s *sampler) clause(t taste) Clause {
	if s.chance(t.companies) {
		v := s.pick(s.business)
		c := Clause{Mode: s.mode(v, 0.15, 0.25), V: v, S: s.company(), O: s.object(s.goods[v], "def", "indef", "num")}
		return s.adjuncts(s.sound(c), t)
	}
	switch x := s.r.Float64(); {
	case x < 0.15:
		return s.copula()
	case x < 0.30:
		return s.whereabouts(t)
	case x < 0.50:
		return s.doing(t, false)
	}
	return s.doing(t, true)
}

// copula samples a property, such as something is, or is not, big.
func (s *sampler) copula() Clause {
	c := Clause{Mode: "copula", Very: s.chance(0.35)}
	for c.C == "" {
		if s.chance(0.5) {
			c.S = s.creature("def", "this")
		} else {
			c.S = s.object(append(s.things[:len(s.things):len(s.things)], s.masses...), "def", "this")
		}
		c.S.Adj = ""
		c.C = s.adjective(c.S.Noun)
	}
	if s.chance(0.25) {
		c.Mode, c.Very = "notcopula", false
	}
	return c
}

// whereabouts samples a clause: someone lives somewhere, comes from a city, works for a company.
func (s *sampler) whereabouts(t taste) Clause {
	c := Clause{Mode: "present", S: s.speaker(t)}
	switch s.r.IntN(3) {
	case 0:
		c.V, c.In = "live", s.pick(s.cities)
	case 1:
		c.V, c.From = "come", s.pick(s.cities)
	default:
		c.V, c.At = "work", s.company()
	}
	return c
}

var animalVerbs = map[string]bool{
	"eat": true, "drink": true, "see": true, "find": true, "sleep": true, "wait": true, "play": true, "run": true,
}

// doing samples a transitive or intransitive event.
func (s *sampler) doing(t taste, transitive bool) Clause {
	c := Clause{}
	switch x := s.r.Float64(); {
	case x < t.names*0.85:
		c.S = s.person()
	case x < t.names:
		a, b := s.person(), s.person()
		a.And = &b
		c.S = a
	case x < t.names+0.1:
		c.S = NP{Pron: []string{"he", "she", "they"}[s.r.IntN(3)]}
	default:
		c.S = s.creature("def", "def", "indef", "this", "every")
	}
	for c.V == "" || (len(s.objects[c.V]) > 0) != transitive || s.isAnimal(c.S) && !animalVerbs[c.V] {
		c.V = s.pick(s.verbs)
	}
	c.Mode = s.mode(c.V, 0.2, 0.2)
	if transitive {
		c.O = s.object(s.objects[c.V], "def", "def", "indef", "this", "num")
	}
	return s.adjuncts(s.sound(c), t)
}

func (s *sampler) mode(verb string, neg, future float64) string {
	x := s.r.Float64()
	switch {
	case x < neg:
		return "neg"
	case x < neg+future && verb != "see" && verb != "find": // Russian: no future of these with "будет"
		return "future"
	}
	return "present"
}

// sound makes noun phrases of a negated clause definite: "does not read the book", not "a book", "every man".
func (s *sampler) sound(c Clause) Clause {
	if c.Mode == "neg" {
		for _, n := range []*NP{&c.S, &c.O} {
			switch n.Det {
			case "num":
				n.Num, n.Plural, n.Det = "", false, "def"
			case "indef", "every":
				n.Det = "def"
			}
		}
	}
	return c
}

// adjuncts adds adverb, beneficiary and place.
func (s *sampler) adjuncts(c Clause, t taste) Clause {
	adverbs := map[string][]string{
		"present": {"today", "now", "here", "there", "slowly", "again"},
		"neg":     {"today", "now", "here", "there"},
		"future":  {"tomorrow", "today", "here", "there"},
	}[c.Mode]
	if s.chance(0.35) {
		c.A = s.pick(adverbs)
	}
	if here := c.A == "here" || c.A == "there"; !here && s.chance(0.55) {
		if s.chance(t.cities) {
			c.In = s.pick(s.cities)
		} else {
			c.Place = s.pick(s.places)
		}
	}
	if c.Mode != "neg" && !c.O.none() && s.chance(0.15) {
		c.For = s.pick(s.fors)
	}
	return c
}
