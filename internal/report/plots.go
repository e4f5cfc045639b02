package report

import (
	"fmt"
	"image/color"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/palette/brewer"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"xpt/internal/stats"
	"xpt/internal/study"
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
		add(aboutScores, t.name, fmt.Sprintf("%s, mean %s over the languages not trained on%s; dashed: majority",
			t.name, t.metrics[0], t.coverage()), width, 250, p)
		for _, pool := range t.pools() {
			dev, loss := m.curves(t, pool)
			name := t.name
			if pool != "" {
				name += ", " + pool + " sub-token"
			}
			add(aboutCurves, t.name, name+": "+t.metrics[0]+" on the dev set of "+m.rated+" by step, a line a seed", 360, 230, dev)
			add(aboutCurves, t.name, name+": training loss by step, a line a seed", 360, 230, loss)
		}
	}
	for _, g := range gains {
		for _, p := range g.properties {
			about := aboutTokenization
			if isResource(p.Name) {
				about = aboutResources
			}
			caption := g.column.label() + ": gain against " + p.Name
			if r := relationTo(p.Name, g.relations); r.Error == "" {
				caption += fmt.Sprintf(" (rho %s, %s)", decimal(r.Rho, 2), adjustedP(r))
			}
			add(about, g.column.task.name, caption, 340, 260, g.scatter(p, m.color(g.column.method)))
		}
	}
	for _, b := range m.backbones() {
		for _, method := range b.methods {
			d := b.of[method][0]
			caption := fmt.Sprintf("%s: mean representation of each language, %s backbone", b.task, method)
			if method != frozen {
				caption += " (" + d.Backbone + ")"
			}
			add(aboutDistances, b.task, caption, 340, 290, principalPlane(d, m.color(method)))
		}
	}
	return all, err
}

// principalPlane shows the languages' mean representations on their first two principal components.
func principalPlane(d study.Distances, c color.RGBA) *plot.Plot {
	l := labelled{color: c}
	for _, x := range d.Languages {
		if len(x.Mean) >= 2 {
			l.add(x.Mean[0], x.Mean[1], x.Language)
		}
	}
	if len(l.points) < 2 {
		return nil
	}
	p := newPlot("first principal component", "second principal component")
	p.Add(l)
	return p
}

// color is the method's colour in all plots.
func (m *matrix) color(method string) color.RGBA {
	if at := slices.Index(m.study.Methods, method); at >= 0 {
		return series[at%len(series)]
	}
	return axis
}

// pools are the pools of the task's columns with results.
func (t *task) pools() (pools []string) {
	for _, c := range t.columns {
		if !slices.Contains(pools, c.pool) && len(c.outcomes) > 0 {
			pools = append(pools, c.pool)
		}
	}
	return pools
}

// grid is the data of a heat map.
type grid struct {
	t      *task
	values [][]float64 // [row from below][column]
}

func (g grid) Dims() (columns, rows int) { return len(g.t.columns), len(g.values) }
func (g grid) Z(column, row int) float64 { return g.values[row][column] }
func (g grid) X(column int) float64      { return float64(column) }
func (g grid) Y(row int) float64         { return float64(row) }

// heatMap shows the main metric by language and method; nil without results.
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

// heatShades are the colours of a heat map, from the lowest score to the highest.
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
	style := centred(10)
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
	top := y(float64(len(s.t.languages))-0.5) + 4
	for i, column := range s.t.columns {
		lines := strings.Split(column.name, ", ")
		for k, line := range slices.Backward(lines) {
			c.FillText(style, vg.Point{X: x(float64(i)), Y: top + vg.Length(len(lines)-1-k)*12}, oneLine(line))
		}
	}
}

// darkTextUpTo is the darkest shade with dark text: the upper edge of the sixth of the heat map's nine colours.
const darkTextUpTo = 5.5 / 8

// onShade is the text colour with the better contrast on a shade, from the lightest (0) to the darkest (1), in light
// and dark mode.
func onShade(shade float64) color.Color {
	if shade > darkTextUpTo {
		return color.RGBA{0xff, 0xff, 0xff, 255}
	}
	return color.RGBA{0x11, 0x11, 0x12, 255}
}

// coverage says what the intervals of the bars cover.
func (t *task) coverage() string {
	var all coverage
	for _, c := range t.columns {
		if c.over.others != nil {
			all.add(c.name, c.over.others.covers)
		}
	}
	return all.text()
}

// bars shows each method's mean over the languages that were not trained on.
func (t *task) bars(source string, colorOf func(method string) color.RGBA) (p *plot.Plot, width float64) {
	p = newPlot("", t.metrics[0]+" in percent")
	var names []string
	for _, c := range t.columns {
		mean, ok := c.others(source)
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
		if over := c.over.others; over != nil {
			whiskers, err := plotter.NewYErrorBars(struct {
				plotter.XYs
				plotter.YErrors
			}{plotter.XYs{{X: at, Y: 100 * mean}}, plotter.YErrors{{Low: 100 * (mean - over.Low), High: 100 * (over.High - mean)}}})
			if err == nil {
				whiskers.LineStyle = draw.LineStyle{Color: ink, Width: 1}
				p.Add(whiskers)
			}
		}
		names = append(names, strings.ReplaceAll(oneLine(c.name), ", ", "\n")) // the pool below the method
	}
	if names == nil {
		return nil, 0
	}
	majority := map[string]float64{}
	for language, values := range t.majority {
		majority[language] = 100 * values[0]
	}
	if len(majority) > 0 {
		p.Add(horizontal{stats.TransferMeans(majority, source).Others, ink})
	}
	p.NominalX(names...)
	p.X.LineStyle.Width = 0
	p.X.Min, p.X.Max = -0.6, float64(len(names))-0.4
	p.Y.Min, p.Y.Max = 0, 1.04*p.Y.Max
	return p, max(220, 60+54*float64(len(names)))
}

// scatter shows the gain against a property of languages.
func (g *gain) scatter(property stats.Property, c color.RGBA) *plot.Plot {
	l := labelled{color: c}
	for _, language := range g.column.task.languages {
		x, ok := property.Values[language]
		y, gained := g.values[language]
		if ok && gained {
			l.add(x, y, language)
		}
	}
	if len(l.points) < 2 {
		return nil
	}
	p := newPlot(property.Name, "gain, points")
	p.Add(horizontal{0, axis}, l)
	return p
}

// mostPoints limits the points of a curve.
const mostPoints = 100

// curves are the dev scores and the losses of a task's runs; nil without a log.
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
			var steps []training.Step
			var evaluations []training.Evaluation
			if name := cell.Name(); filepath.IsLocal(name) {
				steps, evaluations = readLog(runFolder(m.dir, name))
			}
			var scores plotter.XYs
			for _, e := range evaluations {
				scores = append(scores, plotter.XY{X: float64(e.Step), Y: 100 * e.Score})
			}
			anyDev = m.line(dev, c.method, scores, &namedDev) || anyDev
			anyLoss = m.line(loss, c.method, smooth(steps), &namedLoss) || anyLoss
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

// line adds a run's points, and the method's name to the legend once. It returns whether they make a curve: single
// points are drawn only beside curves.
func (m *matrix) line(p *plot.Plot, method string, points plotter.XYs, named *bool) bool {
	if len(points) == 0 {
		return false
	}
	line, dots, err := plotter.NewLinePoints(points)
	if err != nil { // NaN or infinite
		return false
	}
	at := max(0, slices.Index(m.study.Methods, method))
	line.LineStyle = styleOf(m.color(method), at)
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
