package report

import (
	"fmt"
	"strings"

	"xpt/internal/stats"
	"xpt/internal/study"
)

// noGain is the answer of a study that does not compare parameter-efficient methods with fine-tuning.
const noGain = "This study cannot say: there is no gain of parameter-efficient methods over full fine-tuning to look at."

// unknownPretraining is the answer for a checkpoint that XGLM's table is not for.
const unknownPretraining = "This study cannot say: how much of each language this checkpoint was pre-trained on is unknown, " +
	"as by its vocabulary and shape it is not XGLM 564M, 1.7B, 2.9B or 7.5B. In the study file, pretraining: FILE.tsv " +
	"gives a table of its own (columns language, billion_tokens, tier), and pretraining: xglm says that it saw XGLM's data."

// lowResource answers whether the gain grows as pre-training data gets scarcer.
func lowResource(m *matrix, gains []*gain) Answer {
	a := Answer{Question: "Low-resource? Do parameter-efficient methods help languages with little pre-training data more?"}
	if len(gains) == 0 {
		a.Sentences = []string{noGain}
		return a
	}
	var t trends
	for _, g := range gains {
		relation := relationTo(tokensProperty, g.relations)
		if relation == nil {
			continue
		}
		sentence := g.column.label() + ": " + t.add(relation)
		var tiers []string
		for _, t := range g.tiers {
			tiers = append(tiers, fmt.Sprintf("%s %s (%d)", t.Tier, signed(t.Mean, 1), t.N))
		}
		if tiers != nil {
			sentence += "; mean gain in points by tier (languages): " + strings.Join(tiers, ", ")
		}
		a.Sentences = append(a.Sentences, sentence+".")
	}
	if a.Sentences == nil {
		a.Sentences = []string{"This study cannot say: it has no table of how much of each language the model was pre-trained on."}
		if m.study.Pretraining == study.UnknownPretraining {
			a.Sentences = []string{unknownPretraining}
		}
		return a
	}
	a.Tables = []string{"resources", "tiers"}
	lead := t.lead()
	if len(m.study.Seeds) == 1 {
		lead += " There is one seed only."
	}
	a.Sentences = append([]string{lead}, a.Sentences...)
	return a
}

// trends counts comparisons by the correlation of gain and pre-training tokens.
type trends struct {
	falls, rises, flat int // sign of a significant correlation; flat: not significant
	few                int // too few languages for a correlation
}

// add counts a relation and returns it in words.
func (t *trends) add(r *stats.Relation) (text string) {
	switch {
	case r.Error != "":
		t.few++
		return "no correlation of the gain with pre-training tokens: " + fewPoints(r)
	case r.AdjustedP >= significance:
		t.flat++
		text = "no significant relation of the gain to pre-training tokens"
	case r.Rho < 0:
		t.falls++
		text = "the fewer pre-training tokens, the larger the gain"
	default:
		t.rises++
		text = "the fewer pre-training tokens, the smaller the gain"
	}
	return text + " (" + correlation(r) + ")"
}

// lead summarises the comparisons.
func (t trends) lead() (text string) {
	tested := t.falls + t.rises + t.flat
	switch {
	case tested == 0:
		return fmt.Sprintf("There is too little data to say: a correlation needs at least %d languages that were not trained on "+
			"and have pre-training data.", stats.FewestLanguages)
	case t.falls == tested:
		text = fmt.Sprintf("Yes in all %d comparisons: the gain over full fine-tuning grows as pre-training data gets scarcer.", tested)
	case t.flat == tested:
		text = fmt.Sprintf("Not seen here: in none of %d comparisons does the gain go significantly with pre-training tokens.", tested)
	case t.rises == 0:
		text = fmt.Sprintf("In part: in %d of %d comparisons the gain over full fine-tuning grows as pre-training data gets scarcer; "+
			"in the others no significant relation is seen.", t.falls, tested)
	case t.falls == 0:
		text = fmt.Sprintf("No: in %d of %d comparisons the gain over full fine-tuning shrinks as pre-training data gets scarcer, "+
			"and in none it grows.", t.rises, tested)
	default:
		text = fmt.Sprintf("It depends: the gain grows with scarcer pre-training data in %d, shrinks in %d "+
			"and shows no significant relation in %d of %d comparisons.", t.falls, t.rises, t.flat, tested)
	}
	if tested > 1 {
		text += fmt.Sprintf(" The p-values are adjusted for all %d by Holm.", tested)
	}
	if t.few > 0 {
		text += fmt.Sprintf(" %d more had too few languages.", t.few)
	}
	return text
}

// correlation formats a relation.
func correlation(r *stats.Relation) string {
	return fmt.Sprintf("Spearman's rho %s %s, n = %d, %s", decimal(r.Rho, 2), interval(r.Low, r.High, 2), r.N, adjustedP(r))
}

// adjustedP formats the p-value of a relation and what it is among those that are looked at with it.
func adjustedP(r *stats.Relation) string { return equals(r.P) + ", adjusted " + pValue(r.AdjustedP) }

// fewPoints says why there is no correlation, and shows the points.
func fewPoints(r *stats.Relation) string {
	switch n := len(r.Points); {
	case n == 0:
		return "n = 0"
	case n < stats.FewestLanguages:
		return fmt.Sprintf("n = %d is too few; (property, gain) of %s", n, points(r))
	default:
		return fmt.Sprintf("n = %d, %s", n, r.Error)
	}
}
