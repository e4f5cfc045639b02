package datasets

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"xpt/internal/regular"
)

// look reads a file as the data of the task whose name a folder on the way to it bears, else of the
// one that it fits best.
func look(tasks []Task, dir, rel string) []Part {
	if t, root, below, ok := namedTask(tasks, dir, rel); ok {
		return t.parts(root, below)
	}
	if len(tasks) == 1 {
		return tasks[0].parts(dir, rel)
	}
	return guess(tasks, dir, rel)
}

// guess reads a file as each task's, and keeps what fits best.
func guess(tasks []Task, dir, rel string) []Part {
	var best []Part
	var fits []string // the tasks that fit best
	bestFit := noFit
	for _, t := range tasks {
		parts := t.parts(dir, rel)
		switch f := t.fit(parts); {
		case f == noFit:
		case f > bestFit:
			best, bestFit, fits = parts, f, []string{t.Name}
		case f == bestFit:
			fits = append(fits, t.Name)
		}
	}
	if bestFit == noFit || bestFit == gapsFit || bestFit == ownFit || bestFit == ownTagsFit {
		for _, own := range []Task{ownTags, ownTexts} {
			parts := own.parts(dir, rel)
			if broken := almost(tasks, dir, rel, parts); broken != nil {
				best, fits = broken, []string{broken[0].Task}
			} else if best == nil && len(parts) > 0 && !(own.TagsWords() && parts[0].texts()) && !strings.HasSuffix(rel, ".txt") {
				best, fits = parts, []string{own.Name} // its error tells what is wrong
			}
		}
	}
	for i := range best {
		best[i].Guessed, best[i].Fits = true, fits[1:]
	}
	return best
}

// How well a file fits a task, the best last. The user's own data takes any label, so a known
// task's file goes first, even if it breaks off. Two columns without labels could be words and the
// user's own tags, but hardly are, unless the tags are few.
const (
	noFit = iota
	gapsFit
	ownTagsFit
	unlabelledFit
	ownFit
	brokenFit
	wholeFit
)

// certain is how many examples a task must have read for an error after them to be an error in its
// file, rather than a sign that the file is another task's.
const certain = 10

func (t Task) fit(parts []Part) int {
	fit := noFit
	for _, p := range parts {
		leftOut := slices.ContainsFunc(p.Odd, func(o Odd) bool { return !o.Kept })
		switch {
		case errors.Is(p.err, regular.ErrStandardOutput):
			return wholeFit
		case p.Error != "" && (p.Examples < certain || t.Labels == nil):
			return noFit
		case p.Error != "" && p.None == p.Examples && t.HasLabels(): // such as tagged sentences read as pairs of texts
			fit = max(fit, gapsFit)
		case p.Error != "":
			fit = max(fit, brokenFit)
		case p.Examples == 0 && len(p.Odd) > 0: // such as a treebank without its text
			fit = max(fit, gapsFit)
		case p.Examples == 0:
		case t.Labels == nil && p.texts():
			return noFit
		case t.Labels == nil && t.TagsWords() && p.fewLabels(p.Words):
			fit = max(fit, ownFit)
		case t.Labels == nil && t.TagsWords():
			fit = max(fit, ownTagsFit)
		case t.Labels == nil && t.HasLabels():
			fit = max(fit, ownFit)
		case p.None == p.Examples && t.Pair && p.Examples >= 4*p.seconds: // texts and labels
			return noFit
		case p.None == p.Examples && leftOut: // such as tagged sentences read as pairs of texts
			fit = max(fit, gapsFit)
		case p.None == p.Examples:
			fit = max(fit, unlabelledFit)
		default:
			fit = max(fit, wholeFit)
		}
	}
	return fit
}

// fewLabels tells labels from texts: each is there four times on average.
func (p Part) fewLabels(of int) bool { return len(p.Labels) > 0 && of >= 4*len(p.Labels) }

// texts tells texts that were read as words.
func (p Part) texts() bool { return 2*p.spaced > p.Words }

// almost finds the known task of a file that only a row in ten or fewer keeps from being its data. own is the
// file as the user's own data, which take any label. The task's parts say where it breaks off.
func almost(tasks []Task, dir, rel string, own []Part) []Part {
	labels := map[string]int{}
	for _, p := range own {
		for label, n := range p.Labels {
			labels[label] += n
		}
	}
	for _, t := range tasks {
		all, known, kinds := 0, 0, 0
		for _, label := range slices.Sorted(maps.Keys(labels)) {
			all += labels[label]
			if _, spelt := t.spellings[label]; spelt || t.LabelIndex(label) >= 0 {
				known += labels[label]
				kinds++
			}
		}
		if t.Labels == nil || kinds < 2 || 10*(all-known) > all {
			continue
		}
		if parts := t.parts(dir, rel); len(parts) > 0 && (strings.Contains(parts[0].Error, "is not one of task") || strings.Contains(parts[0].Error, "as in most lines")) {
			return parts
		}
	}
	return nil
}
