package report

import (
	"fmt"
	"slices"
	"strings"

	"xpt/internal/train"
)

// onPar answers whether parameter-efficient methods reach full fine-tuning.
func onPar(m *matrix) Answer {
	a := Answer{Question: "Is " + m.efficient() + " on par with full fine-tuning?"}
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
	a.Sentences = append([]string{v.lead()}, a.Sentences...)
	v.cautions(&a)
	if len(m.study.Seeds) == 1 && v.compared > 0 {
		a.caution(oneSeed)
	}
	a.picture = m.differences()
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
	var parts []string
	for _, group := range []struct {
		is     string
		labels []string
	}{
		{"better than full fine-tuning", v.above},
		{"not clearly different (the interval includes 0)", v.across},
		{"worse", v.below},
		{"without an interval", v.unknown},
	} {
		switch n := len(group.labels); n {
		case 0:
		case v.compared:
			parts = append(parts, group.is+" "+inAll(n))
		default:
			few := ""
			if n <= 3 {
				few = " (" + strings.Join(group.labels, "; ") + ")"
			}
			parts = append(parts, fmt.Sprintf("%s in %d%s", group.is, n, few))
		}
	}
	short := "It depends"
	switch v.compared {
	case len(v.above):
		short = "Yes"
	case len(v.above) + len(v.across):
		short = "Yes, as far as can be told"
	case len(v.below):
		short = "No"
	case len(v.unknown):
		short = "Not known"
	}
	of := ""
	if len(parts) > 1 {
		of = fmt.Sprintf("of %d comparisons, ", v.compared)
	}
	return short + ": " + of + strings.Join(parts, ", ") + "."
}

// inAll is "in all n comparisons" in plain words.
func inAll(n int) string {
	switch n {
	case 1:
		return "in the one comparison"
	case 2:
		return "in both comparisons"
	}
	return fmt.Sprintf("in all %d comparisons", n)
}

// cautions adds what the lead leaves out.
func (v verdicts) cautions(a *Answer) {
	if v.idle > 0 {
		where := fmt.Sprintf("in %d of %d comparisons", v.idle, v.compared)
		if v.idle == v.compared {
			where = inAll(v.idle)
		}
		a.caution("I" + where[1:] + " neither method is above the best constant answer: there is nothing learned to compare.")
	}
	if v.nothing > 0 {
		a.caution(fmt.Sprintf("Not compared: %d more, whose cells are missing or failed.", v.nothing))
	}
}

// efficient names the parameter-efficient methods of the study as its questions do.
func (m *matrix) efficient() string {
	prompts := []string{train.Prompt.Name, train.Prefix.Name}
	for _, method := range m.study.Methods {
		if slices.Contains(efficientMethods, method) && !slices.Contains(prompts, method) {
			return "parameter-efficient tuning"
		}
	}
	return "prompt tuning"
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
