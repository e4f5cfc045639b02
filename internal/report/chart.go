package report

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
	"unicode/utf8"
)

// chart is a plot as SVG in the page's colours and font. Marks tell their names and numbers when pointed at.
type chart struct {
	width, height float64 // CSS pixels; of a chart with named rows the height is theirs
	x, y          axis
	rules         []guide
	series        []series
}

// axis is of numbers, or of names at 0, 1, 2, ...; named rows run from the top down.
type axis struct {
	label  string    // with the unit
	names  []string  // nil: numbers
	titles []string  // of the names, shown when they are pointed at; nil: none
	reach  []float64 // numbers that it covers beside the data
	span   float64   // that it covers at least, for scores that hardly differ
	most   float64   // of which there is no more, such as 100 percent; 0: no limit
}

// guide is a line across the chart at a number of the axis.
type guide struct {
	at   float64
	on   rune   // the axis: x or y
	says string // empty: no text
}

// series are points of one colour and shape.
type series struct {
	name   string // in the legend; empty: none
	style  int
	line   bool
	bare   bool // a line without marks
	points []mark
}

// mark is a point. Its interval lies along the axis of numbers: across where rows are named.
type mark struct {
	x, y      float64
	low, high float64 // none if equal
	label     string  // beside it, where there is room
	says      string
}

// Sizes in CSS pixels.
const (
	fontSize  = 11.0
	charWidth = 6.0 // about the mean of a sans-serif font
	rowHeight = 19.0
	labelled  = 40 // points up to which labels are drawn
)

// scale maps numbers to pixels.
type scale struct {
	from, to, start, end float64
	ticks                []float64
}

func (s scale) at(v float64) float64 {
	return s.start + (v-s.from)/(s.to-s.from)*(s.end-s.start)
}

// newScale covers the axis's numbers and the data's from one tick to another.
func (a axis) newScale(low, high float64) scale {
	if a.names != nil {
		return scale{from: -0.5, to: float64(len(a.names)) - 0.5}
	}
	for _, v := range a.reach {
		low, high = min(low, v), max(high, v)
	}
	if lack := max(a.span, 1e-9*max(math.Abs(low), math.Abs(high), 1)) - (high - low); lack > 0 {
		positive := low >= 0
		low, high = low-lack/2, high+lack/2
		if over := high - a.most; a.most > 0 && over > 0 {
			low, high = low-over, a.most
		}
		if positive && low < 0 {
			low, high = 0, high-low
		}
	}
	step := tickStep(low, high)
	first, last := math.Floor(low/step+1e-6), math.Ceil(high/step-1e-6)
	s := scale{from: first * step, to: last * step}
	for i := first; i <= last; i++ {
		s.ticks = append(s.ticks, i*step)
	}
	return s
}

// tickStep is 1, 2 or 5 times a power of ten, for about five ticks.
func tickStep(low, high float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10((high-low)/4)))
	for _, factor := range []float64{1, 2, 5} {
		if (high-low)/(factor*power) <= 6 {
			return factor * power
		}
	}
	return 10 * power
}

func tickText(v float64) string {
	if math.Abs(v) < 1e-12 {
		v = 0
	}
	return strings.Replace(fmt.Sprintf("%.6g", v), "-", minus, 1)
}

// extent is what the data cover on both axes, with their intervals and the guides.
func (c *chart) extent() (xlow, xhigh, ylow, yhigh float64) {
	xlow, ylow, xhigh, yhigh = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, s := range c.series {
		for _, p := range s.points {
			xlow, xhigh, ylow, yhigh = min(xlow, p.x), max(xhigh, p.x), min(ylow, p.y), max(yhigh, p.y)
			if p.low < p.high && c.y.names != nil {
				xlow, xhigh = min(xlow, p.low), max(xhigh, p.high)
			} else if p.low < p.high {
				ylow, yhigh = min(ylow, p.low), max(yhigh, p.high)
			}
		}
	}
	for _, r := range c.rules {
		if r.on == 'x' {
			xlow, xhigh = min(xlow, r.at), max(xhigh, r.at)
		} else {
			ylow, yhigh = min(ylow, r.at), max(yhigh, r.at)
		}
	}
	return xlow, xhigh, ylow, yhigh
}

// drawing is a chart that is being drawn.
type drawing struct {
	strings.Builder
	*chart
	xs, ys scale
	taken  []box // by marks and labels
}

func (d *drawing) add(format string, values ...any) { fmt.Fprintf(d, format, values...) }

// svg draws the chart and its legend; alt is the text for screen readers. It returns "" if a number is not finite or there is no point.
func (c *chart) svg(alt string) template.HTML {
	xlow, xhigh, ylow, yhigh := c.extent()
	for _, v := range []float64{xlow, xhigh, ylow, yhigh} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return ""
		}
	}
	d := &drawing{chart: c, xs: c.x.newScale(xlow, xhigh), ys: c.y.newScale(ylow, yhigh)}
	d.layOut()
	d.legend()
	d.add(`<svg viewBox="0 0 %.0f %.0f" width="%[1]g" height="%[2]g" role="img" aria-label="%s">`, c.width, c.height, html.EscapeString(alt))
	d.axes()
	for _, r := range c.rules {
		d.guide(r)
	}
	for _, s := range c.series {
		for _, p := range s.points {
			x, y := d.xs.at(p.x), d.ys.at(p.y)
			d.taken = append(d.taken, box{x - 4, y - 4, x + 4, y + 4})
		}
	}
	for _, s := range c.series {
		d.draw(s)
	}
	d.labels()
	d.add("</svg>")
	return template.HTML(d.String())
}

// layOut finds the margins and where the scales begin and end.
func (d *drawing) layOut() {
	left := 0.0
	for _, name := range d.y.names {
		left = max(left, charWidth*float64(utf8.RuneCountInString(clipped(name))))
	}
	for _, v := range d.ys.ticks {
		left = max(left, charWidth*float64(utf8.RuneCountInString(tickText(v))))
	}
	top := 8.0
	if d.y.label != "" {
		top = 24
	}
	if n := len(d.y.names); n > 0 {
		d.height = top + rowHeight*float64(n) + 36
	}
	d.xs.start, d.xs.end = left+10, d.width-14
	d.ys.start, d.ys.end = d.height-36, top
	if d.y.names != nil {
		d.ys.start, d.ys.end = d.ys.end, d.ys.start
	}
}

// clipped is a name that leaves room for the data.
func clipped(name string) string {
	const most = 26
	if utf8.RuneCountInString(name) <= most {
		return name
	}
	return string([]rune(name)[:most-1]) + "…"
}

func (d *drawing) axes() {
	top, bottom := min(d.ys.start, d.ys.end), max(d.ys.start, d.ys.end)
	d.add(`<path class="grid" d="`)
	for _, v := range d.xs.ticks {
		d.add("M%.1f %.1fV%.1f", d.xs.at(v), top, bottom)
	}
	for _, v := range d.ys.ticks {
		d.add("M%.1f %.1fH%.1f", d.xs.start, d.ys.at(v), d.xs.end)
	}
	d.add(`"/><path class="axis" d="M%.1f %.1fV%.1fH%.1f"/>`, d.xs.start, top, bottom, d.xs.end)
	for _, v := range d.xs.ticks {
		d.text(d.xs.at(v), bottom+14, "middle", tickText(v), "")
	}
	for i, name := range d.x.names {
		d.text(d.xs.at(float64(i)), bottom+14, "middle", clipped(name), d.x.title(i))
	}
	for _, v := range d.ys.ticks {
		d.text(d.xs.start-6, d.ys.at(v)+4, "end", tickText(v), "")
	}
	for i, name := range d.y.names {
		d.text(d.xs.start-6, d.ys.at(float64(i))+4, "end", clipped(name), d.y.title(i))
	}
	d.text((d.xs.start+d.xs.end)/2, bottom+30, "middle", d.x.label, "")
	d.text(2, 12, "start", d.y.label, "")
}

func (a axis) title(i int) string {
	if i < len(a.titles) {
		return a.titles[i]
	}
	return a.names[i]
}

func (d *drawing) text(x, y float64, anchor, s, title string) {
	if s == "" {
		return
	}
	if title != "" && title != s {
		title = "<title>" + html.EscapeString(oneLine(title)) + "</title>"
	} else {
		title = ""
	}
	d.add(`<text x="%.1f" y="%.1f" text-anchor="%s">%s%s</text>`, x, y, anchor, html.EscapeString(oneLine(s)), title)
}

func (d *drawing) guide(r guide) {
	if r.on == 'x' {
		x := d.xs.at(r.at)
		d.add(`<path class="rule" d="M%.1f %.1fV%.1f"/>`, x, min(d.ys.start, d.ys.end), max(d.ys.start, d.ys.end))
		d.text(x, min(d.ys.start, d.ys.end)-4, "middle", r.says, "")
		return
	}
	y := d.ys.at(r.at)
	d.add(`<path class="rule" d="M%.1f %.1fH%.1f"/>`, d.xs.start, y, d.xs.end)
	d.text(d.xs.end, y-4, "end", r.says, "")
}

// styled opens a group of a series' colour and dashes; both repeat, together only after many.
func (s series) styled() string {
	return fmt.Sprintf(`<g class="s%d d%d">`, s.style%colours+1, s.style%dashes+1)
}

// Numbers of colours and of dashes in the page's style sheet, and of shapes.
const (
	colours = 6
	dashes  = 4
)

func (d *drawing) draw(s series) {
	d.add("%s", s.styled())
	if s.line && len(s.points) > 1 {
		command := "M"
		d.add(`<path class="line" d="`)
		for _, p := range s.points {
			d.add("%s%.1f %.1f", command, d.xs.at(p.x), d.ys.at(p.y))
			command = "L"
		}
		d.add(`"><title>%s</title></path>`, html.EscapeString(oneLine(s.points[0].says)))
	}
	if s.bare {
		d.add("</g>")
		return
	}
	for _, p := range s.points {
		x, y := d.xs.at(p.x), d.ys.at(p.y)
		switch {
		case !(p.low < p.high):
		case d.y.names != nil:
			d.add(`<path class="span" d="M%.1f %.1fH%.1f"/>`, d.xs.at(p.low), y, d.xs.at(p.high))
		default:
			d.add(`<path class="span" d="M%.1f %.1fV%.1f"/>`, x, d.ys.at(p.low), d.ys.at(p.high))
		}
		d.add("%s", shape(s.style, x, y, p.says))
	}
	d.add("</g>")
}

// shapes are the marks of series, as SVG paths from their centre; the last ones have no inside.
var shapes = []string{
	"m-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0-7.2 0z", "m-3.3-3.3h6.6v6.6h-6.6z", "m0-4.4l4.2 7.4h-8.4z", "m0-4.8l4.8 4.8l-4.8 4.8l-4.8-4.8z",
	"m-3.5-3.5l7 7m0-7l-7 7", "m-4.5 0h9m-4.5-4.5v9", "m0 4.4l4.2-7.4h-8.4z",
}

func shape(style int, x, y float64, says string) string {
	return fmt.Sprintf(`<path class="mark" d="M%.1f %.1f%s"><title>%s</title></path>`, x, y, shapes[style%len(shapes)], html.EscapeString(oneLine(says)))
}

// legend names the series, each once.
func (d *drawing) legend() {
	named := map[string]bool{}
	for _, s := range d.series {
		if s.name == "" || named[s.name] {
			continue
		}
		if len(named) == 0 {
			d.add(`<p class="legend">`)
		}
		named[s.name] = true
		d.add(`<span><svg viewBox="0 0 28 12" width="28" height="12" aria-hidden="true">%s`, s.styled())
		if s.line {
			d.add(`<path class="line" d="M1 6H27"/>`)
		}
		if !s.bare {
			d.add("%s", shape(s.style, 14, 6, s.name))
		}
		d.add("</g></svg> %s</span> ", html.EscapeString(oneLine(s.name)))
	}
	if len(named) > 0 {
		d.add("</p>")
	}
}

// labels writes the names of points where they hide neither points nor other names, if there are not too many.
func (d *drawing) labels() {
	var points []mark
	for _, s := range d.series {
		points = append(points, s.points...)
	}
	if len(points) > labelled {
		return
	}
	border := box{d.xs.start, d.ys.end, d.xs.end, d.ys.start}
	for _, p := range points {
		if p.label == "" {
			continue
		}
		x, y := d.xs.at(p.x), d.ys.at(p.y)
		best, ok := d.place(x, y, charWidth*float64(utf8.RuneCountInString(p.label)), border)
		if ok {
			d.taken = append(d.taken, best)
			d.text((best.left+best.right)/2, best.bottom-2, "middle", p.label, p.says)
		}
	}
}

// box is a rectangle in pixels from the top left.
type box struct{ left, top, right, bottom float64 }

// place finds room for a label around a point.
func (d *drawing) place(x, y, width float64, border box) (best box, ok bool) {
	least := 12.0 // square pixels that may be hidden
	for _, far := range []float64{1, 5, 10} {
		for k := range 8 {
			sin, cos := math.Sincos(float64(k) * math.Pi / 4)
			cx, cy := x+cos*(width/2+4+far), y+sin*(fontSize/2+4+far)
			b := box{cx - width/2, cy - fontSize/2, cx + width/2, cy + fontSize/2}
			cost := far / 10
			for _, other := range d.taken {
				cost += b.common(other)
			}
			if b.left < border.left || b.right > border.right || b.top < border.top || b.bottom > border.bottom {
				cost += 8
			}
			if cost < least {
				best, least, ok = b, cost, true
			}
		}
	}
	return best, ok
}

// common is the area that two boxes share.
func (b box) common(o box) float64 {
	return max(0, min(b.right, o.right)-max(b.left, o.left)) * max(0, min(b.bottom, o.bottom)-max(b.top, o.top))
}
