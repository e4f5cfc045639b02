package transfer

import (
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/tokenize"
)

// Tokenization is how a tokenizer cuts a language's words, as the data set gives them (Rust et al. 2021, "How Good is Your
// Tokenizer?"). Each word is encoded by itself, as tagging sees it.
type Tokenization struct {
	Sentences int `json:"sentences"`
	Words     int `json:"words"`
	SubTokens int `json:"sub_tokens"`
	Single    int `json:"single"`    // words of one sub-token
	Continued int `json:"continued"` // words of several
	Emptied   int `json:"emptied"`   // words of none: the normaliser drops all of their characters
	Unknown   int `json:"unknown"`   // sub-tokens that are <unk>
}

// Fertility is the mean number of sub-tokens of a word.
func (t Tokenization) Fertility() float64 { return ratio(t.SubTokens, t.Words) }

// ContinuedShare is the share of words that are cut.
func (t Tokenization) ContinuedShare() float64 { return ratio(t.Continued, t.Words) }

// SingleShare is the share of words that are one sub-token.
func (t Tokenization) SingleShare() float64 { return ratio(t.Single, t.Words) }

// TokenizeWords counts over the words of tagged sentences.
func TokenizeWords(tokenizer *tokenize.Tokenizer, examples []datasets.Example) Tokenization {
	var t Tokenization
	for _, e := range examples {
		t.Sentences++
		t.Words += len(e.Words)
		encoded := tokenizer.EncodeWords(e.Words)
		for i, word := range encoded.Words {
			if word >= 0 && encoded.IDs[i] == tokenize.UNK {
				t.Unknown++
			}
		}
		for _, n := range encoded.WordCounts(len(e.Words)) {
			t.SubTokens += n
			switch n {
			case 0:
				t.Emptied++
			case 1:
				t.Single++
			default:
				t.Continued++
			}
		}
	}
	return t
}

// ParallelRatio compares the lengths of translations: the sub-tokens of a language's texts over those of the same texts in
// another, the trained one (Petrov et al. 2023 call it the tokenization premium). Examples are translations of one another if their ids are the
// same; pairs says how many are. What a translation lacks (an empty text, the placeholder NS) is left out on both sides.
func ParallelRatio(tokenizer *tokenize.Tokenizer, examples, others []datasets.Example) (value float64, pairs int) {
	byID := make(map[string]datasets.Example, len(others))
	for _, e := range others {
		byID[e.ID] = e
	}
	var here, there int
	for _, e := range examples {
		original, ok := byID[e.ID]
		if !ok || e.Words == nil && (lacksText(e) || lacksText(original) || len(texts(e)) != len(texts(original))) {
			continue
		}
		pairs++
		here += subTokens(tokenizer, e)
		there += subTokens(tokenizer, original)
	}
	return ratio(here, there), pairs
}

// subTokens counts those of all texts of an example, without specials.
func subTokens(tokenizer *tokenize.Tokenizer, e datasets.Example) int {
	if e.Words != nil {
		n := 0
		for _, word := range e.Words {
			n += len(tokenizer.Encode(word).IDs)
		}
		return n
	}
	n := 0
	for _, text := range texts(e) {
		n += len(tokenizer.Encode(text).IDs)
	}
	return n
}

func texts(e datasets.Example) []string {
	all := append([]string{e.Text}, e.Choices...)
	if e.Pair != "" {
		all = append(all, e.Pair)
	}
	return all
}

func lacksText(e datasets.Example) bool {
	return slices.ContainsFunc(texts(e), func(text string) bool {
		text = strings.TrimSpace(text)
		return text == "" || text == "NS"
	})
}
