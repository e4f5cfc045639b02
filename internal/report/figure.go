package report

import (
	"bytes"
	"fmt"
	"html/template"
	"image/color"
	"math"
	"regexp"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// figure is a plot on the page.
type figure struct {
	topic   topic
	Task    string // empty: of all tasks
	Caption string
	SVG     template.HTML
}

// Placeholders for the page's colours, which differ in light and dark mode.
var (
	ink  = color.RGBA{A: 255} // text and points
	axis = color.RGBA{0x80, 0x80, 0x81, 255}
	rule = color.RGBA{0xd0, 0xd0, 0xd1, 255}

	// series is Okabe and Ito's palette, which is safe for colour-blind readers.
	series = []color.RGBA{
		{0x00, 0x72, 0xb2, 255}, {0xd5, 0x5e, 0x00, 255}, {0x00, 0x9e, 0x73, 255},
		{0xcc, 0x79, 0xa7, 255}, {0x56, 0xb4, 0xe9, 255}, {0xe6, 0x9f, 0x00, 255},
	}
)

// ofPage replaces the placeholders by variables of the page's style sheet.
var ofPage = func() *strings.Replacer {
	pairs := []string{hex(ink), "currentColor", hex(axis), "var(--axis)", hex(rule), "var(--rule)",
		// The font is the page's.
		"font-family:Liberation Sans;font-variant:none;font-weight:normal;font-style:normal;", ""}
	for i, c := range series {
		pairs = append(pairs, hex(c), fmt.Sprintf("var(--s%d)", i+1))
	}
	return strings.NewReplacer(pairs...)
}()

func hex(c color.RGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }

// newPlot is an empty plot in the page's style.
func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font = sans(11)
		a.Label.Padding = 4
		a.Tick.Label.Font = sans(10)
		a.LineStyle.Color, a.Tick.LineStyle.Color = axis, axis
		a.LineStyle.Width, a.Tick.LineStyle.Width = 0.7, 0.7
		a.Tick.Length = 4
		a.Tick.Marker = fewTicks{}
	}
	p.Legend.TextStyle.Font = sans(10)
	p.Legend.ThumbnailWidth, p.Legend.Padding = 16, 2
	return p
}

func sans(size vg.Length) font.Font {
	return font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, size)
}

// fewTicks are at multiples of 1, 2 or 5 times a power of ten, about five of them.
type fewTicks struct{}

func (fewTicks) Ticks(low, high float64) (ticks []plot.Tick) {
	if !(high > low) {
		return nil
	}
	power := math.Pow(10, math.Floor(math.Log10((high-low)/4)))
	step := power
	for _, factor := range []float64{2, 5, 10} {
		if (high-low)/step > 6 {
			step = factor * power
		}
	}
	for i := math.Ceil(low / step); i*step <= high; i++ {
		v := i * step
		label := strings.Replace(strconv.FormatFloat(v, 'g', 6, 64), "-", minus, 1)
		ticks = append(ticks, plot.Tick{Value: v, Label: label})
	}
	return ticks
}

var (
	svgStart = regexp.MustCompile(`(?s)^.*?<svg[^>]*>`)
	spaces   = regexp.MustCompile(`\n\s*`)
)

// render draws p as SVG; width and height are CSS pixels, alt is the text for screen readers.
func render(p *plot.Plot, width, height float64, alt string) (template.HTML, error) {
	c := vgsvg.New(vg.Length(width), vg.Length(height))
	p.Draw(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return "", err
	}
	alt = template.HTMLEscapeString(alt)
	body := ofPage.Replace(spaces.ReplaceAllString(svgStart.ReplaceAllString(b.String(), ""), " "))
	head := fmt.Sprintf(`<svg viewBox="0 0 %[1]g %[2]g" width="%[1]g" height="%[2]g" role="img" aria-label="%[3]s"><title>%[3]s</title>`,
		width, height, alt)
	return template.HTML(head + body), nil
}

// labelled is a scatter plot whose labels avoid each other and the points, as far as there is room.
type labelled struct {
	points plotter.XYs
	names  []string
	color  color.Color
}

func (l *labelled) add(x, y float64, name string) {
	l.points, l.names = append(l.points, plotter.XY{X: x, Y: y}), append(l.names, oneLine(name))
}

// DataRange adds 5 % on each side for the names.
func (l labelled) DataRange() (xmin, xmax, ymin, ymax float64) {
	xmin, xmax, ymin, ymax = plotter.XYRange(l.points)
	x, y := 0.05*(xmax-xmin), 0.05*(ymax-ymin)
	return xmin - x, xmax + x, ymin - y, ymax + y
}

func (l labelled) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := centred(9.5)
	const radius = 2.2
	var taken []vg.Rectangle
	for _, point := range l.points {
		at := vg.Point{X: x(point.X), Y: y(point.Y)}
		taken = append(taken, around(at, 2*radius, 2*radius))
		c.DrawGlyph(draw.GlyphStyle{Color: l.color, Radius: radius, Shape: draw.CircleGlyph{}}, at)
	}
	for i, point := range l.points {
		at := vg.Point{X: x(point.X), Y: y(point.Y)}
		size := style.Rectangle(l.names[i]).Size()
		best, least := vg.Rectangle{}, math.Inf(1)
		for _, far := range []vg.Length{1, 5, 10} {
			for k := range 8 {
				sin, cos := math.Sincos(float64(k) * math.Pi / 4)
				center := vg.Point{
					X: at.X + vg.Length(cos)*(size.X/2+radius+far),
					Y: at.Y + vg.Length(sin)*(size.Y/2+radius+far),
				}
				box := around(center, size.X, size.Y)
				cost := float64(far) + float64(k)/100 + 20*float64(outside(box, c.Rectangle))
				for _, other := range taken {
					cost += float64(overlap(box, other))
				}
				if cost < least {
					best, least = box, cost
				}
			}
		}
		taken = append(taken, best)
		c.FillText(style, vg.Point{X: (best.Min.X + best.Max.X) / 2, Y: (best.Min.Y + best.Max.Y) / 2}, l.names[i])
	}
}

// centred is the style of text centred at a point.
func centred(size vg.Length) draw.TextStyle {
	return draw.TextStyle{Color: ink, Font: sans(size), XAlign: draw.XCenter, YAlign: draw.YCenter, Handler: plot.DefaultTextHandler}
}

func around(center vg.Point, width, height vg.Length) vg.Rectangle {
	half := vg.Point{X: width / 2, Y: height / 2}
	return vg.Rectangle{Min: center.Sub(half), Max: center.Add(half)}
}

// overlap is the common area of two boxes.
func overlap(a, b vg.Rectangle) vg.Length {
	width := min(a.Max.X, b.Max.X) - max(a.Min.X, b.Min.X)
	height := min(a.Max.Y, b.Max.Y) - max(a.Min.Y, b.Min.Y)
	return max(0, width) * max(0, height)
}

// outside is how far a box reaches beyond a border.
func outside(box, border vg.Rectangle) vg.Length {
	return max(0, border.Min.X-box.Min.X) + max(0, box.Max.X-border.Max.X) +
		max(0, border.Min.Y-box.Min.Y) + max(0, box.Max.Y-border.Max.Y)
}

// horizontal is a dashed line across the plot.
type horizontal struct {
	y     float64
	color color.Color
}

func (h horizontal) DataRange() (xmin, xmax, ymin, ymax float64) {
	return math.Inf(1), math.Inf(-1), h.y, h.y
}

func (h horizontal) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	c.StrokeLine2(draw.LineStyle{Color: h.color, Width: 1, Dashes: []vg.Length{3, 3}}, c.Min.X, y(h.y), c.Max.X, y(h.y))
}
