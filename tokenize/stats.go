package tokenize

import (
	"encoding/json"
	"fmt"
)

// Stats counts the contents of a stream.
type Stats struct {
	Name      string `json:"file"`
	Rule      Rule   `json:"rule"`
	Lines     int    `json:"lines"`
	Words     int    `json:"words"` // of word lists, or separated by white space
	SubTokens int    `json:"sub_tokens"`
	Continued int    `json:"continued_words"` // words of more than one sub-token
	Emptied   int    `json:"emptied_words"`   // words of a list without sub-tokens
	Unknown   int    `json:"unknown"`         // <unk> sub-tokens
	Warning   string `json:"-"`               // tells of the first line that is not UTF-8; "" for none
}

// Fertility is the mean number of sub-tokens of a word, 0 without words (Rust et al. 2021, "How Good is Your Tokenizer?").
func (s Stats) Fertility() float64 { return ratio(s.SubTokens, s.Words) }

// ContinuedShare is the share of words that are split, 0 without words.
func (s Stats) ContinuedShare() float64 { return ratio(s.Continued, s.Words) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func (s Stats) String() string {
	return fmt.Sprintf("%s: %d lines, %d words, %d sub-tokens, fertility %.3f, continued words %d (%.1f %%), emptied words %d, unknown %d, rule %s",
		s.Name, s.Lines, s.Words, s.SubTokens, s.Fertility(), s.Continued, 100*s.ContinuedShare(), s.Emptied, s.Unknown, s.Rule)
}

// MarshalJSON adds the fertility and the share of continued words to the counts.
func (s Stats) MarshalJSON() ([]byte, error) {
	type counts Stats
	return json.Marshal(struct {
		counts
		Fertility      float64 `json:"fertility"`
		ContinuedShare float64 `json:"continued_share"`
	}{counts(s), s.Fertility(), s.ContinuedShare()})
}

// add counts one more line.
func (s *Stats) add(line Stats) {
	s.Lines++
	s.Words += line.Words
	s.SubTokens += line.SubTokens
	s.Continued += line.Continued
	s.Emptied += line.Emptied
	s.Unknown += line.Unknown
}

// stats counts an encoded line; words is the length of its word list, -1 for plain text.
func (e Encoded) stats(words int) Stats {
	s := Stats{Words: words}
	last, run, filled := -1, 0, 0
	for i, w := range e.Words {
		if w < 0 {
			continue
		}
		s.SubTokens++
		if e.IDs[i] == UNK {
			s.Unknown++
		}
		if w != last {
			last, run = w, 0
			filled++
		}
		if run++; run == 2 {
			s.Continued++
		}
	}
	if words < 0 {
		s.Words = filled
	}
	s.Emptied = s.Words - filled
	return s
}
