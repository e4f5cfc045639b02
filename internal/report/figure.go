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

// Colours that stand for those of the page, which differ by light and dark.
var (
	ink  = color.RGBA{A: 255} // text and points
	axis = color.RGBA{0x80, 0x80, 0x81, 255}
	rule = color.RGBA{0xd0, 0xd0, 0xd1, 255}

	// series are Okabe and Ito's, which people tell apart whatever colours they see.
	series = []color.RGBA{{0x00, 0x72, 0xb2, 255}, {0xd5, 0x5e, 0x00, 255}, {0x00, 0x9e, 0x73, 255}, {0xcc, 0x79, 0xa7, 255}, {0x56, 0xb4, 0xe9, 255}, {0xe6, 0x9f, 0x00, 255}}
)

// ofPage gives the colours their names in the page's style sheet.
var ofPage = func() *strings.Replacer {
	pairs := []string{hex(ink), "currentColor", hex(axis), "var(--axis)", hex(rule), "var(--rule)",
		// The page chooses the font.
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

// render draws p as SVG of so many CSS pixels, with alt as what is read out.
func render(p *plot.Plot, width, height float64, alt string) (template.HTML, error) {
	c := vgsvg.New(vg.Length(width), vg.Length(height))
	p.Draw(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return "", err
	}
	alt = template.HTMLEscapeString(alt)
	body := ofPage.Replace(spaces.ReplaceAllString(svgStart.ReplaceAllString(b.String(), ""), " "))
	return template.HTML(fmt.Sprintf(`<svg viewBox="0 0 %g %g" width="%g" height="%g" role="img" aria-label="%s"><title>%s</title>`, width, height, width, height, alt, alt) + body), nil
}

// labelled are points with names that stand clear of one another as far as
// there is room.
type labelled struct {
	points plotter.XYs
	names  []string
	color  color.Color
}

// DataRange leaves room for the names.
func (l labelled) DataRange() (xmin, xmax, ymin, ymax float64) {
	xmin, xmax, ymin, ymax = plotter.XYRange(l.points)
	x, y := 0.05*(xmax-xmin), 0.05*(ymax-ymin)
	return xmin - x, xmax + x, ymin - y, ymax + y
}

func (l labelled) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := draw.TextStyle{Color: ink, Font: sans(9.5), XAlign: draw.XCenter, YAlign: draw.YCenter, Handler: plot.DefaultTextHandler}
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
				center := vg.Point{X: at.X + vg.Length(cos)*(size.X/2+radius+far), Y: at.Y + vg.Length(sin)*(size.Y/2+radius+far)}
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

func around(center vg.Point, width, height vg.Length) vg.Rectangle {
	return vg.Rectangle{Min: vg.Point{X: center.X - width/2, Y: center.Y - height/2}, Max: vg.Point{X: center.X + width/2, Y: center.Y + height/2}}
}

// overlap is the common area of two boxes.
func overlap(a, b vg.Rectangle) vg.Length {
	width := min(a.Max.X, b.Max.X) - max(a.Min.X, b.Min.X)
	height := min(a.Max.Y, b.Max.Y) - max(a.Min.Y, b.Min.Y)
	return max(0, width) * max(0, height)
}

// outside is how far a box reaches beyond a border.
func outside(box, border vg.Rectangle) vg.Length {
	return max(0, border.Min.X-box.Min.X) + max(0, box.Max.X-border.Max.X) + max(0, border.Min.Y-box.Min.Y) + max(0, box.Max.Y-border.Max.Y)
}

// horizontal is a dashed line across the plot.
func horizontal(at float64, c color.Color) plot.Plotter { return across{at, c} }

type across struct {
	y     float64
	color color.Color
}

func (a across) DataRange() (xmin, xmax, ymin, ymax float64) {
	return math.Inf(1), math.Inf(-1), a.y, a.y
}

func (a across) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	c.StrokeLine2(draw.LineStyle{Color: a.color, Width: 1, Dashes: []vg.Length{3, 3}}, c.Min.X, y(a.y), c.Max.X, y(a.y))
}
