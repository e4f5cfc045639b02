// Package zeroshot classifies examples of XNLI, PAWS-X and XCOPA with an
// untrained language model. A template makes a text of the example and each
// label, and the label of the likeliest text is the prediction. Templates and
// accuracies are those of EleutherAI's lm-eval (templates of the XGLM paper, Lin
// et al., arXiv 2112.10668). words.tsv holds the words of each language.
package zeroshot

import (
	_ "embed"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"xpt/datasets"
)

// Words are the words that templates use in a language.
type Words struct {
	Right         string // the question after the first sentence
	Yes, Also, No string // the answers: entailment or paraphrase, neutral, contradiction or none
	Because, So   string // before a cause, before an effect
}

//go:embed words.tsv
var wordsTSV string

var words = parseWords(wordsTSV)

func parseWords(tsv string) map[string]Words {
	out := map[string]Words{}
	for _, line := range strings.Split(strings.TrimSpace(tsv), "\n")[1:] {
		f := strings.Split(line, "\t")
		out[f[0]] = Words{f[1], f[2], f[3], f[4], f[5], f[6]}
	}
	return out
}

// Lookup returns the words of a language code.
func Lookup(language string) (Words, error) {
	base, _, _ := strings.Cut(language, "-") // zh-Hant
	if w, ok := words[base]; ok {
		return w, nil
	}
	known := strings.Join(slices.Sorted(maps.Keys(words)), " ")
	return Words{}, fmt.Errorf("no label words for language %q: there are some for %s; --words gives your own", language, known)
}

// ParseWords reads right,yes,also,no,because,so.
func ParseWords(list string) (Words, error) {
	f := strings.Split(list, ",")
	if len(f) != 6 {
		return Words{}, fmt.Errorf("%d words: six are wanted, such as right,Yes,Also,No,because,so", len(f))
	}
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	return Words{f[0], f[1], f[2], f[3], f[4], f[5]}, nil
}

// Text is an example with one answer filled in: the context, which may be empty,
// and the part whose log-probabilities are summed.
type Text struct{ Context, Scored string }

// Tasks are the names of the tasks that have a template.
var Tasks = []string{"xnli", "pawsx", "xcopa"}

// Trainable are the names of the tasks with a template that are trained on.
func Trainable() (names []string) {
	for _, name := range Tasks {
		if task, err := datasets.Lookup(name); err == nil && task.Trainable() {
			names = append(names, name)
		}
	}
	return names
}

// Texts returns the text of each of the task's labels, in their order, and the
// index of the right one, -1 where the example has no label.
func Texts(task datasets.Task, w Words, x datasets.Example) (texts []Text, gold int, err error) {
	switch task.Name {
	case "xnli":
		answers := map[string]string{"entailment": w.Yes, "neutral": w.Also, "contradiction": w.No}
		for _, label := range task.Labels {
			texts = append(texts, Text{Scored: asked(x, w, answers[label])})
		}
	case "pawsx":
		texts = []Text{{Scored: asked(x, w, w.No)}, {Scored: asked(x, w, w.Yes)}}
	case "xcopa":
		connector := map[string]string{"cause": w.Because, "effect": w.So}[x.Pair]
		if connector == "" {
			return nil, 0, fmt.Errorf("%s:%d: question %q is neither cause nor effect", x.File, x.Line, x.Pair)
		}
		for _, choice := range x.Choices {
			texts = append(texts, Text{withoutLast(strings.TrimSpace(x.Text)) + " " + connector, " " + lowerFirst(choice)})
		}
	default:
		return nil, 0, fmt.Errorf("no template for task %s: there are some for %s", task.Name, strings.Join(Tasks, ", "))
	}
	return texts, task.LabelIndex(x.Label), nil
}

func asked(x datasets.Example, w Words, answer string) string {
	return x.Text + ", " + w.Right + "? " + answer + ", " + x.Pair
}

// withoutLast drops the full stop.
func withoutLast(text string) string {
	_, n := utf8.DecodeLastRuneInString(text)
	return text[:len(text)-n]
}

func lowerFirst(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToLower(r)) + text[n:]
}

// Count is how many examples were answered, and the accuracies over them.
type Count struct {
	Examples int     `json:"examples"`
	Acc      float64 `json:"acc"`             // by the sum of log-probabilities
	StdErr   float64 `json:"acc_stderr"`      // of the mean
	AccNorm  float64 `json:"acc_norm"`        // by the sum divided by the scored text's length in characters
	StdNorm  float64 `json:"acc_norm_stderr"` // of the mean

	Calibrated *Calibrated `json:"calibrated,omitempty"` // nil: not asked for

	hits, hitsNorm, hitsCalibrated int
}

// Calibrated is the accuracy by calibrated scores.
type Calibrated struct {
	By     string  `json:"by"`         // one of Calibrations
	Acc    float64 `json:"acc"`        // by the calibrated sum of log-probabilities
	StdErr float64 `json:"acc_stderr"` // of the mean
}

// Add counts an example. sums are the summed log-probabilities of its texts.
func (c *Count) Add(texts []Text, sums []float64, gold int) {
	normed := make([]float64, len(sums))
	for i, sum := range sums {
		normed[i] = sum / float64(utf8.RuneCountInString(strings.TrimPrefix(texts[i].Scored, " ")))
	}
	c.Examples++
	if best(sums) == gold {
		c.hits++
	}
	if best(normed) == gold {
		c.hitsNorm++
	}
	c.Acc, c.StdErr = share(c.hits, c.Examples)
	c.AccNorm, c.StdNorm = share(c.hitsNorm, c.Examples)
}

// addCalibrated counts the calibrated scores of the example that was added last.
func (c *Count) addCalibrated(by string, scores []float64, gold int) {
	if best(scores) == gold {
		c.hitsCalibrated++
	}
	c.Calibrated = &Calibrated{By: by}
	c.Calibrated.Acc, c.Calibrated.StdErr = share(c.hitsCalibrated, c.Examples)
}

// best is the index of the first largest value, as numpy's argmax.
func best(values []float64) (at int) {
	for i, v := range values {
		if v > values[at] {
			at = i
		}
	}
	return at
}

func share(hits, n int) (mean, stderr float64) {
	mean = float64(hits) / float64(n)
	if n > 1 {
		stderr = math.Sqrt(mean * (1 - mean) / float64(n-1))
	}
	return mean, stderr
}
