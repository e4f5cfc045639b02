package study

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"xpt/datasets"
	"xpt/internal/train"
	"xpt/tokenize"
)

// parallelTexts are the same sentences in several languages, as tokens.
type parallelTexts struct {
	languages []string
	sentences int     // of each language
	rows      [][]int // all sentences of the first language, then of the next
}

// newParallelTexts selects up to limit examples, in the order of the first part, whose first text exists in every part. Texts are
// truncated to maxLength tokens.
func newParallelTexts(t *tokenize.Tokenizer, parts []*train.Part, limit, maxLength int) (*parallelTexts, error) {
	byID := make([]map[string]string, len(parts))
	p := &parallelTexts{}
	for i, part := range parts {
		p.languages = append(p.languages, part.Language)
		byID[i] = map[string]string{}
		for _, x := range part.Examples {
			if !lacksText(datasets.Example{Text: x.Text}) {
				byID[i][x.ID] = x.Text
			}
		}
	}
	var ids []string
	for _, x := range parts[0].Examples {
		everywhere := len(ids) < limit
		for i := range byID {
			_, ok := byID[i][x.ID]
			everywhere = everywhere && ok
		}
		if everywhere {
			ids = append(ids, x.ID)
		}
	}
	if p.sentences = len(ids); p.sentences == 0 {
		return nil, fmt.Errorf("no sentence is there in all of the languages %v", p.languages)
	}
	for i, language := range p.languages {
		for _, id := range ids {
			row := t.EncodeText(byID[i][id], maxLength).IDs
			if len(row) < 2 {
				return nil, fmt.Errorf("language %s: sentence %s has no tokens", language, id)
			}
			p.rows = append(p.rows, row)
		}
	}
	return p, nil
}

// distances computes each language's distances from mean hidden states. The signs of the components make the first language's
// coordinates non-negative.
func (p *parallelTexts) distances(states [][]float64) ([]Distance, error) {
	n, d := p.sentences, len(states[0])
	out := make([]Distance, len(p.languages))
	means := mat.NewDense(len(p.languages), d, nil)
	for i, language := range p.languages {
		out[i].Language = language
		for k := range n {
			here, there := states[i*n+k], states[k]
			if floats.HasNaN(here) {
				return nil, fmt.Errorf("language %s: a hidden state is not a number", language)
			}
			out[i].Cosine += (1 - cosine(here, there)) / float64(n)
			floats.AddScaled(means.RawRowView(i), 1/float64(n), here)
		}
	}
	places, err := project(means)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Mean = places[i][:]
	}
	return out, nil
}

func cosine(a, b []float64) float64 {
	c := floats.Dot(a, b) / math.Sqrt(floats.Dot(a, a)*floats.Dot(b, b))
	return min(1, c) // rounding
}

// project projects the rows [n, d] on their first two principal components; a single row becomes zero.
func project(rows *mat.Dense) ([][2]float64, error) {
	n, d := rows.Dims()
	out := make([][2]float64, n)
	if n < 2 {
		return out, nil
	}
	var pc stat.PC
	if !pc.PrincipalComponents(rows, nil) {
		return nil, errors.New("the principal components of the languages' means cannot be computed")
	}
	var axes mat.Dense // [d, min(n, d)]
	pc.VectorsTo(&axes)
	center := make([]float64, d)
	for i := range n {
		floats.AddScaled(center, 1/float64(n), rows.RawRowView(i))
	}
	for k := range min(2, n, d) {
		axis := mat.Col(nil, k, &axes)
		for i := range n {
			out[i][k] = floats.Dot(rows.RawRowView(i), axis) - floats.Dot(center, axis)
		}
		if out[0][k] < 0 {
			for i := range n {
				out[i][k] = -out[i][k]
			}
		}
	}
	return out, nil
}
