package transfer

import (
	"strings"
	"unicode/utf8"
)

// TypeRule says how seqeval takes the type of an entity from a tag. They differ for types with a hyphen, and for tags without
// one, as the universal parts of speech: there the first letter acts as the tag and runs of equal types are one entity.
type TypeRule int

const (
	// DropFirst is seqeval 1.x: the first letter is dropped, then everything up to the first hyphen; nothing left is "_".
	DropFirst TypeRule = iota
	// LastHyphen is seqeval 0.x, which XTREME's published numbers come from: the type is the text after the last hyphen.
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

// Entity is a span of words with a type; Start and End are positions in the row of all sentences, each followed by one O.
type Entity struct {
	Type       string
	Start, End int // both included
}

// Entities finds the entities of tagged sentences as seqeval's get_entities does in its default (conlleval) mode, oddities
// included: an entity may begin with I, and under DropFirst a run of the type "_" can carry an earlier sentence's start.
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

// SequenceScores are seqeval's scores of tagged sentences.
type SequenceScores struct {
	Micro      Counts   // over all entities
	Types      []Class  // per entity type, sorted by name
	BySentence []Counts // an entity counts where it ends; for resampling
}

// Seqeval counts entities that are right in type and span. Its Micro precision, recall and F1 are what XTREME reports (there
// in percent) for PAN-X and UDPOS.
func Seqeval(gold, predicted [][]string, rule TypeRule) (SequenceScores, error) {
	if _, _, err := Flatten(gold, predicted); err != nil {
		return SequenceScores{}, err
	}
	sentenceOf := []int{} // of each position
	for s, tags := range gold {
		for range len(tags) + 1 {
			sentenceOf = append(sentenceOf, s)
		}
	}
	scores := SequenceScores{BySentence: make([]Counts, len(gold))}
	byType := map[string]Counts{}
	count := func(e Entity, c Counts) {
		scores.Micro = scores.Micro.plus(c)
		byType[e.Type] = byType[e.Type].plus(c)
		s := &scores.BySentence[sentenceOf[e.End]]
		*s = s.plus(c)
	}
	isGold := map[Entity]bool{}
	for _, e := range Entities(gold, rule) {
		isGold[e] = true
		count(e, Counts{Gold: 1})
	}
	for _, e := range Entities(predicted, rule) {
		c := Counts{Predicted: 1}
		if isGold[e] {
			c.Correct = 1
		}
		count(e, c)
	}
	scores.Types = sorted(byType)
	return scores, nil
}
