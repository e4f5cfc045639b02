package report

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/palette/brewer"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"xpt/internal/stats"
	"xpt/training"
)

// figures draws all plots of a report.
func (m *matrix) figures(gains []*gain) (all []figure, err error) {
	add := func(t topic, task, caption string, width, height float64, p *plot.Plot) {
		if p == nil || err != nil {
			return
		}
		f := figure{topic: t, Task: task, Caption: caption}
		if f.SVG, err = render(p, width, height, caption); err != nil {
			err = fmt.Errorf("plot of %s: %w", caption, err)
			return
		}
		all = append(all, f)
	}
	for _, t := range m.tasks {
		p, width, height := t.heatMap()
		add(aboutScores, t.name, fmt.Sprintf("%s, %s in percent by language and method", t.name, t.metrics[0]), width, height, p)
		p, width = t.bars(m.study.Language, m.color)
		add(aboutScores, t.name, fmt.Sprintf("%s, mean %s over the languages not trained on, with its %.0f %% interval over languages; dashed: majority", t.name, t.metrics[0], 100*level), width, 250, p)
		for _, pool := range t.pools() {
			dev, loss := m.curves(t, pool)
			name := t.name
			if pool != "" {
				name += ", " + pool + " sub-token"
			}
			add(aboutCurves, t.name, name+": "+t.metrics[0]+" on the dev set of "+m.study.Language+" by step, a line a seed", 360, 230, dev)
			add(aboutCurves, t.name, name+": training loss by step, a line a seed", 360, 230, loss)
		}
	}
	for _, g := range gains {
		for _, p := range g.properties {
			about := aboutTokenization
			if isResource(p.Name) {
				about = aboutResources
			}
			at := slices.IndexFunc(g.relations, func(r stats.Relation) bool { return r.Property == p.Name })
			caption := g.column.label() + ": gain against " + p.Name
			if r := g.relations[at]; r.Error == "" {
				caption += fmt.Sprintf(" (rho %s, %s)", decimal(r.Rho, 2), equals(r.P))
			}
			add(about, g.column.task.name, caption, 340, 260, g.scatter(p, m.color(g.column.method)))
		}
	}
	for _, b := range m.backbones() {
		for _, method := range b.methods {
			d := b.of[method][0]
			l := labelled{color: m.color(method)}
			for _, x := range d.Languages {
				if len(x.Mean) >= 2 {
					l.points = append(l.points, plotter.XY{X: x.Mean[0], Y: x.Mean[1]})
					l.names = append(l.names, oneLine(x.Language))
				}
			}
			if len(l.points) < 2 {
				continue
			}
			p := newPlot("first principal component", "second principal component")
			p.Add(l)
			caption := fmt.Sprintf("%s: mean representation of each language, %s backbone", b.task, method)
			if method != frozen {
				caption += " (" + d.Backbone + ")"
			}
			add(aboutDistances, b.task, caption, 340, 290, p)
		}
	}
	return all, err
}

// color is a method's in all plots.
func (m *matrix) color(method string) color.RGBA {
	if at := slices.Index(m.study.Methods, method); at >= 0 {
		return series[at%len(series)]
	}
	return axis
}

// pools are those that the task's columns have.
func (t *task) pools() (pools []string) {
	for _, c := range t.columns {
		if !slices.Contains(pools, c.pool) && len(c.outcomes) > 0 {
			pools = append(pools, c.pool)
		}
	}
	return pools
}

// grid is the heat map's.
type grid struct {
	t      *task
	values [][]float64 // [row from below][column]
}

func (g grid) Dims() (columns, rows int) { return len(g.t.columns), len(g.values) }
func (g grid) Z(column, row int) float64 { return g.values[row][column] }
func (g grid) X(column int) float64      { return float64(column) }
func (g grid) Y(row int) float64         { return float64(row) }

// heatMap shows the main metric by language and method; nil where there is nothing.
func (t *task) heatMap() (p *plot.Plot, width, height float64) {
	g := grid{t: t}
	low, high := math.Inf(1), math.Inf(-1)
	for _, language := range slices.Backward(t.languages) {
		row := make([]float64, len(t.columns))
		for i, c := range t.columns {
			row[i] = math.NaN()
			if r := c.results[language]; r != nil {
				row[i] = 100 * stats.NewSpread(r.values[0]).Mean
				low, high = min(low, row[i]), max(high, row[i])
			}
		}
		g.values = append(g.values, row)
	}
	if low > high {
		return nil, 0, 0
	}
	if low == high {
		low, high = low-1, high+1
	}
	shades, err := heatShades()
	if err != nil {
		return nil, 0, 0 // the library has this palette
	}
	p = newPlot("", "")
	p.HideAxes()
	p.X.Padding, p.Y.Padding = 0, 0
	cells := squares{g, low, high, shades}
	p.Add(cells)
	p.X.Min, p.X.Max = -0.5-0.9, float64(len(t.columns))-0.5
	p.Y.Min, p.Y.Max = -0.5, float64(len(t.languages))-0.5+1.8
	return p, 54 * (float64(len(t.columns)) + 0.9), 18 * (float64(len(t.languages)) + 1.8)
}

// heatShades are the heat map's colours, from the lowest score to the highest.
func heatShades() (palette.Palette, error) {
	return brewer.GetPalette(brewer.TypeSequential, "YlGnBu", 9)
}

// squares draws a grid with its numbers in it and its names beside it.
type squares struct {
	grid
	low, high float64
	shades    palette.Palette
}

func (s squares) Plot(c draw.Canvas, p *plot.Plot) {
	h := plotter.NewHeatMap(s.grid, s.shades)
	h.Min, h.Max = s.low, s.high
	h.Plot(c, p)
	x, y := p.Transforms(&c)
	style := draw.TextStyle{Color: ink, Font: sans(10), XAlign: draw.XCenter, YAlign: draw.YCenter, Handler: plot.DefaultTextHandler}
	for row, language := range slices.Backward(s.t.languages) {
		at := len(s.t.languages) - 1 - row
		left := style
		left.XAlign = draw.XRight
		c.FillText(left, vg.Point{X: x(-0.6), Y: y(float64(at))}, oneLine(language))
		for column, v := range s.values[at] {
			style, text := style, "–"
			if !math.IsNaN(v) {
				text = decimal(v, 1)
				style.Color = onShade((v - s.low) / (s.high - s.low))
			}
			c.FillText(style, vg.Point{X: x(float64(column)), Y: y(float64(at))}, text)
		}
	}
	style.YAlign = draw.YBottom
	for i, column := range s.t.columns {
		for k, line := range slices.Backward(strings.Split(column.name, ", ")) {
			below := len(strings.Split(column.name, ", ")) - 1 - k
			c.FillText(style, vg.Point{X: x(float64(i)), Y: y(float64(len(s.t.languages))-0.5) + 4 + vg.Length(below)*12}, oneLine(line))
		}
	}
}

// darkTextUpTo is the shade up to which dark text is read best on the heat map: the
// upper edge of the sixth of its nine colours.
const darkTextUpTo = 5.5 / 8

// onShade is the text colour that is read best on a shade, from the lightest
// (0) to the darkest (1). Both are the same whatever the page's colours are.
func onShade(shade float64) color.Color {
	if shade > darkTextUpTo {
		return color.RGBA{0xff, 0xff, 0xff, 255}
	}
	return color.RGBA{0x11, 0x11, 0x12, 255}
}

// bars shows the methods' means over the languages that were not trained on.
func (t *task) bars(source string, colorOf func(method string) color.RGBA) (p *plot.Plot, width float64) {
	p = newPlot("", t.metrics[0]+" in percent")
	var names []string
	for _, c := range t.columns {
		mean, over, ok := c.others(source)
		if !ok {
			continue
		}
		at := float64(len(names))
		bar, err := plotter.NewBarChart(plotter.Values{100 * mean}, 26)
		if err != nil {
			continue
		}
		bar.XMin, bar.Color, bar.LineStyle.Width = at, colorOf(c.method), 0
		p.Add(bar)
		if over != nil {
			whiskers, err := plotter.NewYErrorBars(struct {
				plotter.XYs
				plotter.YErrors
			}{plotter.XYs{{X: at, Y: 100 * mean}}, plotter.YErrors{{Low: 100 * (mean - over.Low), High: 100 * (over.High - mean)}}})
			if err == nil {
				whiskers.LineStyle = draw.LineStyle{Color: ink, Width: 1}
				p.Add(whiskers)
			}
		}
		names = append(names, twoNames(c.name))
	}
	if names == nil {
		return nil, 0
	}
	majority := map[string]float64{}
	for language, values := range t.majority {
		majority[language] = 100 * values[0]
	}
	if len(majority) > 0 {
		p.Add(horizontal(stats.TransferMeans(majority, source).Others, ink))
	}
	p.NominalX(names...)
	p.X.LineStyle.Width = 0
	p.X.Min, p.X.Max = -0.6, float64(len(names))-0.4
	p.Y.Min, p.Y.Max = 0, 1.04*p.Y.Max
	return p, max(220, 60+54*float64(len(names)))
}

// twoNames puts a column's pool under its method.
func twoNames(name string) string {
	parts := strings.Split(name, ", ")
	for i := range parts {
		parts[i] = oneLine(parts[i])
	}
	return strings.Join(parts, "\n")
}

// scatter shows the gain against a property of languages.
func (g *gain) scatter(property stats.Property, c color.RGBA) *plot.Plot {
	l := labelled{color: c}
	for _, language := range g.column.task.languages {
		x, ok := property.Values[language]
		y, gained := g.values[language]
		if ok && gained {
			l.points, l.names = append(l.points, plotter.XY{X: x, Y: y}), append(l.names, oneLine(language))
		}
	}
	if len(l.points) < 2 {
		return nil
	}
	p := newPlot(property.Name, "gain, points")
	p.Add(horizontal(0, axis), l)
	return p
}

// mostPoints is how many points of a long log are drawn.
const mostPoints = 100

// curves are the dev scores and the losses of a task's runs; nil where none
// was logged.
func (m *matrix) curves(t *task, pool string) (dev, loss *plot.Plot) {
	dev, loss = newPlot("step", t.metrics[0]+" in percent"), newPlot("step", "loss")
	dev.Legend.Left, loss.Legend.Top = false, true
	anyDev, anyLoss := false, false
	for _, c := range t.columns {
		if c.pool != pool {
			continue
		}
		namedDev, namedLoss := false, false
		for _, cell := range c.cells {
			log := m.curveOf(cell.Name())
			var scores plotter.XYs
			for _, e := range log.evaluations {
				scores = append(scores, plotter.XY{X: float64(e.Step), Y: 100 * e.Score})
			}
			anyDev = m.line(dev, c.method, scores, &namedDev) || anyDev
			anyLoss = m.line(loss, c.method, smooth(log.steps), &namedLoss) || anyLoss
		}
	}
	if !anyDev {
		dev = nil
	}
	if !anyLoss {
		loss = nil
	}
	return dev, loss
}

// line adds one run's, and the method's name to the legend once. It tells
// whether that makes a curve: a single point is drawn beside curves only.
func (m *matrix) line(p *plot.Plot, method string, points plotter.XYs, named *bool) bool {
	if len(points) == 0 {
		return false
	}
	line, dots, err := plotter.NewLinePoints(points)
	if err != nil { // a loss that is no number is not drawn
		return false
	}
	at := max(0, slices.Index(m.study.Methods, method))
	line.LineStyle = draw.LineStyle{Color: m.color(method), Width: 1.1}
	if at%2 == 1 {
		line.LineStyle.Dashes = []vg.Length{5, 2.5}
	}
	dots.GlyphStyle = draw.GlyphStyle{Color: m.color(method), Radius: 1.4, Shape: draw.CircleGlyph{}}
	p.Add(line)
	if len(points) <= 30 {
		p.Add(dots)
	}
	if !*named {
		p.Legend.Add(oneLine(method), line)
		*named = true
	}
	return len(points) > 1
}

// smooth averages the losses of neighbouring steps.
func smooth(steps []training.Step) (points plotter.XYs) {
	if len(steps) == 0 {
		return nil
	}
	for part := range slices.Chunk(steps, (len(steps)+mostPoints-1)/mostPoints) {
		var at plotter.XY
		for _, s := range part {
			at.X += float64(s.Step) / float64(len(part))
			at.Y += s.Loss / float64(len(part))
		}
		points = append(points, at)
	}
	return points
}
