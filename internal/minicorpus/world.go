package main

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
)

// world has the selectional restrictions of concepts.lex and the names.
type world struct {
	people, animals, things, masses []string
	adjectives                      map[string][]string // of a noun
	verbs                           []string
	objects                         map[string][]string // of a verb; none for an intransitive one
	business                        []string
	goods                           map[string][]string // of a business verb
	antonym                         map[string]string
	names                           map[string][]string // by kind: first, last, brand, type
	places, cities, fors            []string
}

func loadWorld() (*world, error) {
	w := &world{adjectives: map[string][]string{}, objects: map[string][]string{}, goods: map[string][]string{},
		antonym: map[string]string{}, names: map[string][]string{}}
	nouns := map[string]*[]string{"person": &w.people, "animal": &w.animals, "thing": &w.things, "mass": &w.masses}
	rows, err := lines("concepts")
	if err != nil {
		return nil, err
	}
	for _, f := range rows {
		kind, key, rest := f[0], f[1], f[2:]
		switch kind {
		case "person", "animal", "thing", "mass":
			*nouns[kind], w.adjectives[key] = append(*nouns[kind], key), rest
		case "verb":
			w.verbs = append(w.verbs, key)
			switch rest[0] {
			case "any":
				w.objects[key] = w.things
			case "none":
			default:
				w.objects[key] = rest
			}
		case "business":
			w.business, w.goods[key] = append(w.business, key), rest
		case "antonym":
			w.antonym[key], w.antonym[rest[0]] = rest[0], key
		}
	}
	names, err := lines("names")
	if err != nil {
		return nil, err
	}
	for _, f := range names {
		w.names[f[0]] = append(w.names[f[0]], f[1])
	}
	english, err := lines("en")
	if err != nil {
		return nil, err
	}
	adjuncts := map[string]*[]string{"place": &w.places, "city": &w.cities, "for": &w.fors}
	for _, f := range english {
		if list := adjuncts[f[0]]; list != nil {
			*list = append(*list, f[1])
		}
	}
	return w, nil
}

// heldOut tells whether a word is held out of the labelled training and dev files (about one in eight). Tests and the
// pretraining text use all words.
func heldOut(word string) bool {
	h := fnv.New32a()
	h.Write([]byte(word))
	return h.Sum32()%8 == 3
}

// sampler samples meanings; with known it uses no held-out words.
type sampler struct {
	*world
	r     *rand.Rand
	known bool
}

func (w *world) sampler(stream uint64, known bool) *sampler {
	return &sampler{w, rand.New(rand.NewPCG(20240229, stream)), known}
}

func (s *sampler) chance(p float64) bool { return s.r.Float64() < p }

// pick samples one of the words.
func (s *sampler) pick(words []string) string {
	for {
		if w := words[s.r.IntN(len(words))]; !s.known || !heldOut(w) {
			return w
		}
	}
}

func (s *sampler) isAnimal(n NP) bool { return slices.Contains(s.animals, n.Noun) }

// creature samples a person or an animal as a common noun.
func (s *sampler) creature(dets ...string) NP {
	n := NP{Noun: s.pick(s.people)}
	if s.chance(0.2) {
		n.Noun = s.pick(s.animals)
	}
	n.Det = dets[s.r.IntN(len(dets))]
	if n.Det == "def" && s.chance(0.3) {
		n.Plural = true
	}
	if s.chance(0.35) {
		n.Adj = s.adjective(n.Noun)
	}
	return n
}

// adjective samples an adjective of the noun, none if all are held out.
func (s *sampler) adjective(noun string) string {
	var some []string
	for _, a := range s.adjectives[noun] {
		if !s.known || !heldOut(a) {
			some = append(some, a)
		}
	}
	if len(some) == 0 {
		return ""
	}
	return some[s.r.IntN(len(some))]
}

func (s *sampler) person() NP {
	n := NP{First: s.pick(s.names["first"])}
	if s.chance(0.6) {
		n.Last = s.pick(s.names["last"])
	}
	return n
}

func (s *sampler) company() NP {
	return NP{Brand: s.pick(s.names["brand"]), Type: s.pick(s.names["type"])}
}

// object samples an object among choices.
func (s *sampler) object(choices []string, dets ...string) NP {
	n := NP{Det: dets[s.r.IntN(len(dets))]}
	for {
		n.Noun = s.pick(choices)
		if n.Det == "def" || n.Det == "this" || !s.isMass(n.Noun) {
			break
		}
		if !slices.ContainsFunc(choices, func(noun string) bool { return !s.isMass(noun) }) {
			n.Det = "def"
		}
	}
	switch {
	case n.Det == "num":
		n.Num, n.Plural = s.pick([]string{"two", "three", "four"}), true
	case s.chance(0.4):
		n.Adj = s.adjective(n.Noun)
	}
	return n
}

func (s *sampler) isMass(noun string) bool { return slices.Contains(s.masses, noun) }
