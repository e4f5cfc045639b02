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
	a := Answer{Question: "Does " + m.efficient() + " help low-resource languages more?"}
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
		a.picture = m.byLanguage(gains)
		return a
	}
	a.Tables = []string{"resources", "tiers"}
	a.Sentences = append([]string{t.lead()}, a.Sentences...)
	if tested := t.falls + t.rises + t.flat; tested > 1 {
		a.caution(fmt.Sprintf("The p-values are adjusted for all %d correlations by Holm.", tested))
	}
	if t.few > 0 && t.falls+t.rises+t.flat > 0 {
		a.caution(fmt.Sprintf("%d more had too few languages.", t.few))
	}
	if len(m.study.Seeds) == 1 {
		a.caution(oneSeed)
	}
	a.picture = m.gainBy(gains, aboutResources, isResource)
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
func (t trends) lead() string {
	tested := t.falls + t.rises + t.flat
	switch {
	case tested == 0:
		return fmt.Sprintf("There is too little data to say: a correlation needs at least %d languages that were not trained on "+
			"and have pre-training data.", stats.FewestLanguages)
	case t.falls == tested:
		return fmt.Sprintf("Yes: the less pre-training data a language has, the larger its gain over full fine-tuning, %s.", inAll(tested))
	case t.rises == tested:
		return fmt.Sprintf("No, the other way round: the less pre-training data a language has, the smaller its gain over full fine-tuning, %s.", inAll(tested))
	case t.flat == tested:
		return fmt.Sprintf("Not seen here: the gain over full fine-tuning does not go with the amount of pre-training data (no significant correlation %s).", inAll(tested))
	}
	var parts []string
	for _, group := range []struct {
		n    int
		what string
	}{{t.falls, "grows"}, {t.rises, "shrinks"}, {t.flat, "does neither"}} {
		if group.n > 0 {
			parts = append(parts, fmt.Sprintf("%s in %d", group.what, group.n))
		}
	}
	short := "In part"
	if t.falls == 0 {
		short = "No"
	}
	return fmt.Sprintf("%s: as pre-training data gets scarcer, the gain over full fine-tuning %s of %d comparisons.", short, strings.Join(parts, ", "), tested)
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
