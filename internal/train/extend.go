package train

import (
	"fmt"

	"xpt/internal/usererror"
	"xpt/training"
)

func lengthOf(o training.Options) training.Length {
	return training.Length{Epochs: o.Epochs, Steps: o.Steps}
}

func setLength(o *training.Options, l training.Length) { o.Epochs, o.Steps = l.Epochs, l.Steps }

// lengthen gives a run another length, of which zero numbers stay as they are, to be held against its past once its state is read.
func (r *Run) lengthen(l training.Length) {
	before := lengthOf(r.Options)
	fill(&l.Epochs, before.Epochs)
	fill(&l.Steps, before.Steps)
	if l != before {
		r.Extended = append(r.Extended, before)
		setLength(&r.Options, l)
		r.extends = true
	}
}

// checkLonger refuses a length with which the steps that are done would not have been what they were.
func (t *Trainer) checkLonger(before training.Length) error {
	past := *t
	setLength(&past.options, before)
	flags := fmt.Sprintf("--resume --epochs %d", t.options.Epochs)
	if t.options.Steps != before.Steps {
		flags = fmt.Sprintf("--resume --steps %d", t.options.Steps)
	}
	was, now := past.total(), t.total()
	if now <= was {
		return usererror.Errorf("%s: the run ends after %d steps, and with these flags after %d: only a longer run goes on", flags, was, now)
	}
	if t.options.Patience > 0 && t.EvalsSinceBest >= t.options.Patience {
		return usererror.Errorf("%s: the run was ended by --patience %d, and a longer one would have been too", flags, t.options.Patience)
	}
	for past.Step = 0; past.Step < t.Step; past.Step++ {
		longer := *t
		longer.Step = past.Step
		if past.rateFactor() != longer.rateFactor() {
			return usererror.Errorf("%s: with the %s schedule and --warm-up %v a run of %d steps has other rates than one of %d from step %d on, and %d steps are done: train anew, or with --schedule constant --warm-up 0",
				flags, t.options.Schedule, t.options.WarmUp, now, was, past.Step+1, t.Step)
		}
	}
	if t.LastEvalStep == was && t.Step == was && t.Step%t.evaluationPause() != 0 {
		return usererror.Errorf("%s: the run ended with an evaluation after step %d, which a longer one would not have had: train anew", flags, was)
	}
	return nil
}

// canBeLonger tells whether a finished run may be lengthened: its state is kept.
func canBeLonger(o training.Options) bool { return o.Schedule == "constant" && o.WarmUp == 0 }

// mostSteps is how many steps the run's state may have done: those of its length before, too.
func (r *Run) mostSteps(t *Trainer) int {
	if !r.extends {
		return t.total()
	}
	past := *t
	setLength(&past.options, r.Extended[len(r.Extended)-1])
	return max(t.total(), past.total())
}
