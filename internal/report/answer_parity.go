package report

import (
	"fmt"
	"strings"
)

// onPar answers whether parameter-efficient methods reach full fine-tuning.
func onPar(m *matrix) Answer {
	a := Answer{Question: "On par? Do parameter-efficient methods reach full fine-tuning?"}
	if len(m.comparisons) == 0 {
		a.Sentences = []string{"This study cannot say: it has no cells of a parameter-efficient method and of full fine-tuning on the same task."}
		return a
	}
	a.Tables = []string{"parity"}
	var v verdicts
	for _, c := range m.comparisons {
		t := c.tally()
		v.add(c.column.label(), t)
		a.Sentences = append(a.Sentences, c.sentence(t))
	}
	lead := v.lead()
	if len(m.study.Seeds) == 1 && v.compared > 0 {
		lead += " There is one seed only: how much of this is the chance of one training is unknown."
	}
	a.Sentences = append([]string{lead}, a.Sentences...)
	return a
}

// verdicts groups comparisons by the interval of their mean difference.
type verdicts struct {
	above, across, below, unknown []string // labels; across: the interval contains 0
	compared, nothing             int      // nothing: no language has both methods
	idle                          int      // neither method is above the majority baseline
}

func (v *verdicts) add(label string, t tally) {
	if t.idle {
		v.idle++
	}
	if len(t.zeroShot) == 0 {
		v.nothing++
		return
	}
	v.compared++
	group := &v.across
	switch {
	case t.over == nil:
		group = &v.unknown
	case t.over.Low > 0:
		group = &v.above
	case t.over.High < 0:
		group = &v.below
	}
	*group = append(*group, label)
}

// lead summarises the comparisons.
func (v verdicts) lead() string {
	if v.compared == 0 {
		return "There is nothing to compare yet: cells are missing or failed."
	}
	level, below := "level with it", "below it"
	if v.above == nil {
		level = "level with full fine-tuning"
		if v.across == nil {
			below = "below full fine-tuning"
		}
	}
	var parts []string
	for _, group := range []struct {
		where  string
		labels []string
	}{
		{"above full fine-tuning", v.above},
		{level + " (the interval has 0 in it)", v.across},
		{below, v.below},
		{"without an interval", v.unknown},
	} {
		switch n := len(group.labels); n {
		case 0:
		case v.compared:
			parts = append(parts, fmt.Sprintf("%s in all %d comparisons", group.where, n))
		default:
			labels := strings.Join(group.labels, "; ")
			parts = append(parts, fmt.Sprintf("%s in %d of %d comparisons (%s)", group.where, n, v.compared, labels))
		}
	}
	lead := fmt.Sprintf("By the mean over languages, parameter-efficient methods are %s.", strings.Join(parts, ", "))
	if v.idle > 0 {
		lead += fmt.Sprintf(" In %d of the %d neither method is above the best constant answer: there is nothing learned to compare.",
			v.idle, v.compared)
	}
	if v.nothing > 0 {
		lead += fmt.Sprintf(" Not compared: %d more, whose cells are missing or failed.", v.nothing)
	}
	return lead
}

// sentence states a comparison's result.
func (c *comparison) sentence(s tally) string {
	name := c.column.label()
	if n, ok := c.column.counts(); ok {
		with, without := shares(n)
		name += fmt.Sprintf(" (trains %s of the parameters, %s without the head)", share(with), share(without))
	}
	if len(s.zeroShot) == 0 {
		what := c.incomplete()
		return fmt.Sprintf("%s: nothing to compare, %s is %s.", name, what.name, what.lacking().Text)
	}
	text := name + ": "
	if n := s.tested(); n > 0 {
		text += fmt.Sprintf("better than full fine-tuning in %d, worse in %d, no significant difference in %d of %d %s",
			s.better, s.worse, s.same, n, plural(n, "language"))
	} else {
		text += "not tested, as the two were not evaluated on the same examples"
	}
	if s.untested > 0 && s.tested() > 0 {
		text += fmt.Sprintf(" (%d not compared)", s.untested)
	}
	over := fmt.Sprintf("over %d %s not trained on", len(s.zeroShot), plural(len(s.zeroShot), "language"))
	if s.alone {
		over = "in the trained language"
	}
	text += fmt.Sprintf("; mean difference %s points %s", signed(100*s.mean, 1), over)
	if s.over != nil {
		text += " " + s.over.text(100, 1)
	}
	if s.idle {
		text += fmt.Sprintf("; neither is above the best constant answer (%s %%)", decimal(100*s.majority, 1))
	}
	return text + "."
}
