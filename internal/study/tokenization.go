package study

import (
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/tokenize"
)

// tokenization counts the sub-tokens of a data set's words (Rust et al. 2021, "How Good is Your Tokenizer?"). Each word is
// encoded separately, as in tagging.
type tokenization struct {
	words, subTokens int
	single           int // words of one sub-token
	continued        int // words of several
}

// fertility is the mean number of sub-tokens of a word.
func (t tokenization) fertility() float64 { return ratio(t.subTokens, t.words) }

// continuedShare is the share of words of several sub-tokens.
func (t tokenization) continuedShare() float64 { return ratio(t.continued, t.words) }

// singleShare is the share of words of one sub-token.
func (t tokenization) singleShare() float64 { return ratio(t.single, t.words) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// tokenizeWords counts the sub-tokens of the words of tagged sentences.
func tokenizeWords(tokenizer *tokenize.Tokenizer, examples []datasets.Example) (t tokenization) {
	for _, e := range examples {
		t.words += len(e.Words)
		for _, n := range tokenizer.EncodeWords(e.Words).WordCounts(len(e.Words)) {
			t.subTokens += n
			switch {
			case n == 1:
				t.single++
			case n > 1: // a word that the normaliser empties has none
				t.continued++
			}
		}
	}
	return t
}

// parallelRatio is the tokenization premium (Petrov et al. 2023): the sub-tokens of a language's texts over those of their
// translations in the source language. Examples with the same id are translations; pairs counts them. Pairs with a missing
// text (empty, or the placeholder NS) are left out.
func parallelRatio(tokenizer *tokenize.Tokenizer, examples, others []datasets.Example) (value float64, pairs int) {
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

// subTokens counts the sub-tokens of an example's words, or else of its texts, without specials.
func subTokens(tokenizer *tokenize.Tokenizer, e datasets.Example) (n int) {
	parts := e.Words
	if parts == nil {
		parts = texts(e)
	}
	for _, part := range parts {
		n += len(tokenizer.Encode(part).IDs)
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
