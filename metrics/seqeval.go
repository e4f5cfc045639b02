package metrics

import (
	"strings"
	"unicode/utf8"
)

// TypeRule says how seqeval takes the type of an entity from a tag. The rules differ for types with
// a hyphen, and for tags without one, as the universal parts of speech: there the first letter acts
// as the tag, and a run of equal types is one entity.
type TypeRule int

const (
	// DropFirst is seqeval 1.x: the first letter is dropped, then everything up to the first
	// hyphen; nothing left is "_".
	DropFirst TypeRule = iota
	// LastHyphen is seqeval 0.x, which XTREME's published numbers come from: the type is the text
	// after the last hyphen.
	LastHyphen
)

// parts splits a tag into what seqeval calls tag (one letter) and type.
func (r TypeRule) parts(label string) (tag rune, kind string) {
	tag, size := utf8.DecodeRuneInString(label)
	if r == LastHyphen {
		return tag, label[strings.LastIndex(label, "-")+1:]
	}
	kind = label[size:]
	if _, after, found := strings.Cut(kind, "-"); found {
		kind = after
	}
	if kind == "" {
		kind = "_"
	}
	return tag, kind
}

// Entity is a span of words with a type. Start and End are positions in the row of all sentences,
// each followed by one O.
type Entity struct {
	Type       string
	Start, End int // both included
}

// Entities finds the entities of tagged sentences as seqeval's get_entities does in its default
// (conlleval) mode, oddities included: an entity may begin with I, and under DropFirst a run of the
// type "_" can carry an earlier sentence's start.
func Entities(sentences [][]string, rule TypeRule) []Entity {
	var found []Entity
	previousTag, previousType := 'O', ""
	start, i := 0, 0
	next := func(label string) {
		tag, kind := rule.parts(label)
		if endsEntity(previousTag, tag, previousType != kind) {
			found = append(found, Entity{previousType, start, i - 1})
		}
		if startsEntity(previousTag, tag, previousType != kind) {
			start = i
		}
		previousTag, previousType = tag, kind
		i++
	}
	for _, s := range sentences {
		for _, label := range s {
			next(label)
		}
		next("O")
	}
	return found
}

func endsEntity(previous, tag rune, newType bool) bool {
	switch previous {
	case 'E', 'S':
		return true
	case 'B', 'I':
		return newType || tag == 'B' || tag == 'S' || tag == 'O'
	case 'O', '.':
		return false
	}
	return newType
}

func startsEntity(previous, tag rune, newType bool) bool {
	switch tag {
	case 'B', 'S':
		return true
	case 'E', 'I':
		return newType || previous == 'E' || previous == 'S' || previous == 'O'
	case 'O', '.':
		return false
	}
	return newType
}

// CompareEntities counts entities that are right in type and span, an entity in the sentence where
// it ends. Precision, recall and F1 of the total are seqeval's micro-averages, which XTREME reports
// (in percent) for PAN-X and UDPOS. Classes are the types of entities.
func CompareEntities(gold, predicted [][]string, rule TypeRule) (Comparison, error) {
	if err := sameShape(gold, predicted); err != nil {
		return Comparison{}, err
	}
	var sentenceOf []int // of each position
	for s, tags := range gold {
		for range len(tags) + 1 {
			sentenceOf = append(sentenceOf, s)
		}
	}
	c := newComparison(len(gold))
	isGold := map[Entity]bool{}
	for _, e := range Entities(gold, rule) {
		isGold[e] = true
		c.add(sentenceOf[e.End], e.Type, Counts{Gold: 1})
	}
	for _, e := range Entities(predicted, rule) {
		hit := Counts{Predicted: 1}
		if isGold[e] {
			hit.Correct = 1
		}
		c.add(sentenceOf[e.End], e.Type, hit)
	}
	return c.sorted(), nil
}
