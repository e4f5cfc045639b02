package report

import (
	"fmt"
	"html/template"
	"math"
)

// figure is a plot on the page.
type figure struct {
	topic   topic
	Task    string // empty: of all tasks
	Caption string
	SVG     template.HTML // with its legend; empty: nothing to draw
}

// Sizes of the figures in CSS pixels.
const (
	figureWidth  = 420
	figureHeight = 250
)

// newChart is a chart of the usual size.
func newChart(x, y axis) *chart { return &chart{width: figureWidth, height: figureHeight, x: x, y: y} }

// scores is the axis of a metric in percent, which covers some points even where runs hardly differ.
func scores(metric string) axis { return axis{label: metric + " in percent", span: 10, most: 100} }

// figure draws the chart. The caption says where an axis of scores does not begin at 0.
func (c *chart) figure(about topic, task, caption string) figure {
	xlow, xhigh, ylow, yhigh := c.extent()
	for _, a := range []struct {
		axis
		low, high float64
		name      string
	}{{c.x, xlow, xhigh, "horizontal"}, {c.y, ylow, yhigh, "vertical"}} {
		if a.most == 0 || math.IsInf(a.low, 0) || math.IsInf(a.high, 0) {
			continue
		}
		if s := a.newScale(a.low, a.high); s.from > 0 {
			caption += fmt.Sprintf(" The %s axis begins at %s.", a.name, tickText(s.from))
		}
	}
	return figure{topic: about, Task: task, Caption: oneLine(caption), SVG: c.svg(caption)}
}

// drawn removes figures with nothing in them.
func drawn(figures []figure) (some []figure) {
	for _, f := range figures {
		if f.SVG != "" {
			some = append(some, f)
		}
	}
	return some
}
