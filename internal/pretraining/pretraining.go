// Package pretraining says how much of each language a model was pre-trained on.
package pretraining

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"xpt/datasets"
	"xpt/internal/regular"
)

// Tier groups languages by how much of them a model was pre-trained on.
type Tier string

const (
	High   Tier = "high"
	Middle Tier = "middle"
	Low    Tier = "low"
	Seen   Tier = "seen"   // these three together
	Unseen Tier = "unseen" // not in the pre-training data
)

// Tiers in the order of tables.
var Tiers = []Tier{High, Middle, Low, Seen, Unseen}

// Table says how many tokens of each language, by its code ([datasets.Language]), a model was
// pre-trained on.
type Table map[string]Share

// Share is one language's part of the pre-training data.
type Share struct {
	BillionTokens float64
	Tier          Tier
}

//go:embed xglm.tsv
var xglmTSV []byte

// XGLM is the data of XGLM-564M, 1.7B, 2.9B and 7.5B, in 30 languages (Lin et al. 2022, appendix).
// The 4.5B model was trained on another mixture of 134 languages, whose parts were not published
// with it.
func XGLM() Table {
	p, err := parse("xglm.tsv", xglmTSV)
	if err != nil {
		panic(err) // the embedded table is checked by a test
	}
	return p
}

// largestTable is how many bytes a table of languages may have.
const largestTable = 1 << 20

// Read reads the table of another model: tab-separated columns language, billion_tokens and tier
// (high, middle or low) under a header of these names. A language is a code, or what a data set
// calls it.
func Read(path string) (Table, error) {
	b, err := regular.ReadText(path, largestTable)
	if err != nil {
		return nil, err
	}
	return parse(path, b)
}

func parse(name string, b []byte) (Table, error) {
	r := csv.NewReader(bytes.NewReader(b))
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(rows) == 0 || !slices.Equal(rows[0], []string{"language", "billion_tokens", "tier"}) {
		return nil, fmt.Errorf("%s:1: expected a header with the columns language, billion_tokens, tier", name)
	}
	table := Table{}
	for i, row := range rows[1:] {
		code, ok := datasets.Language(row[0])
		if !ok {
			return nil, fmt.Errorf("%s:%d: %q is no language", name, i+2, row[0])
		}
		tokens, err := strconv.ParseFloat(row[1], 64)
		if err != nil || !(tokens > 0) || math.IsInf(tokens, 0) {
			return nil, fmt.Errorf("%s:%d: %q tokens: expected a number above 0, in billions", name, i+2, row[1])
		}
		tier := Tier(row[2])
		if tier != High && tier != Middle && tier != Low {
			return nil, fmt.Errorf("%s:%d: tier %q: expected high, middle or low", name, i+2, row[2])
		}
		table[code] = Share{tokens, tier}
	}
	return table, nil
}

// Tier is the language's tier, Unseen for a language that the table lacks. A script of its own
// (zh-Hant) counts as the language.
func (p Table) Tier(language string) Tier {
	if share, ok := p.share(language); ok {
		return share.Tier
	}
	return Unseen
}

// BillionTokens is the language's amount, 0 for an unseen one.
func (p Table) BillionTokens(language string) float64 {
	share, _ := p.share(language)
	return share.BillionTokens
}

func (p Table) share(language string) (Share, bool) {
	code, ok := datasets.Language(language)
	if !ok {
		return Share{}, false
	}
	base, _, _ := strings.Cut(code, "-")
	share, ok := p[base]
	return share, ok
}
