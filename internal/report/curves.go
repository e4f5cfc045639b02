package report

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"xpt/training"
)

// mostPoints limits the points of a curve.
const mostPoints = 100

// mostMarks is how many points of a curve are marked.
const mostMarks = 30

// curve is a line by step; its name is empty where it is the only one.
func curve(name, says string, style int, points []mark) series {
	for i := range points {
		points[i].says = fmt.Sprintf("%s step %s: %.4g", says, tickText(math.Round(points[i].x)), points[i].y)
	}
	s := series{name: name, style: style, line: true, bare: len(points) > mostMarks, points: points}
	if s.bare {
		s.points[0].says = says
	}
	return s
}

// byStep is a chart of curves; of those that are finite, if one of them has two points.
func byStep(y axis, curves []series) *chart {
	c := newChart(axis{label: "step"}, y)
	lines := false
	for _, s := range curves {
		bad := slices.ContainsFunc(s.points, func(p mark) bool { return math.IsNaN(p.y) || math.IsInf(p.y, 0) })
		if !bad && len(s.points) > 0 {
			c.series = append(c.series, s)
			lines = lines || len(s.points) > 1
		}
	}
	if !lines {
		c.series = nil
	}
	return c
}

// curves are the dev scores and the losses of a task's runs by step.
func (m *matrix) curves(t *task, pool string) []figure {
	var dev, loss []series
	for _, c := range t.columns {
		if c.pool != pool {
			continue
		}
		for _, cell := range c.cells {
			name := cell.Name()
			if !filepath.IsLocal(name) {
				continue
			}
			steps, evaluations := readLog(runFolder(m.dir, name))
			var scores []mark
			for _, e := range evaluations {
				scores = append(scores, mark{x: float64(e.Step), y: 100 * e.Score})
			}
			says := fmt.Sprintf("%s, seed %d", c.name, cell.Seed)
			if len(scores) > 0 {
				dev = append(dev, curve(c.name, says, m.styleOf(c), scores))
			}
			if len(steps) > 0 {
				loss = append(loss, curve(c.name, says, m.styleOf(c), smooth(steps)))
			}
		}
	}
	name := t.name
	if pool != "" {
		name += ", " + pool + " sub-token"
	}
	return []figure{
		byStep(scores(t.metrics[0]), dev).figure(aboutCurves, t.name, name+": "+t.metrics[0]+" on the dev set of "+m.rated+" by step, one line for each seed."),
		byStep(axis{label: "loss"}, loss).figure(aboutCurves, t.name, name+": training loss by step, one line for each seed."),
	}
}

// smooth averages the losses of neighbouring steps.
func smooth(steps []training.Step) (points []mark) {
	if len(steps) == 0 {
		return nil
	}
	for part := range slices.Chunk(steps, (len(steps)+mostPoints-1)/mostPoints) {
		var at mark
		for _, s := range part {
			at.x += float64(s.Step) / float64(len(part))
			at.y += s.Loss / float64(len(part))
		}
		points = append(points, at)
	}
	return points
}
