package bench

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"

	"xpt/checkpoints"
	"xpt/internal/memory"
	"xpt/internal/train"
	"xpt/xglm"
)

// Growth is how the cost of some work goes with one of its sizes.
type Growth struct {
	Work   string        `json:"work"`
	Size   string        `json:"size"` // what grows
	Points []GrowthPoint `json:"points"`
}

// GrowthPoint is the work at one size.
type GrowthPoint struct {
	Size    string  `json:"size"`
	DType   string  `json:"dtype"`
	Floor   float64 `json:"floor"`   // seconds that the matrix products take at the machine's rate
	Seconds float64 `json:"seconds"` // median; 0 where it was not measured
	Peak    int64   `json:"peak_bytes"`
	Note    string  `json:"note,omitempty"` // why it was not measured
}

// series is a growth to be measured: jobs by size, and the shape where that
// is what grows.
type series struct {
	work, size string
	points     []seriesPoint
}

type seriesPoint struct {
	size  string
	shape string // "" for the model of the bench
	job   Job
}

// allSeries lists what [Bench.Growth] measures.
func allSeries() []series {
	rows := func(n, length int) []int { return slices.Repeat([]int{length}, n) }
	trains := func(prompt int, rows []int) Job {
		if prompt == 0 {
			return Job{Kind: Train, Method: train.Head.Name, Rows: rows, Batch: len(rows)}
		}
		return Job{Kind: Train, Method: train.Prompt.Name, PromptLength: prompt, Rows: rows, Batch: len(rows)}
	}
	prompts := series{work: "train an input prompt on 8 texts of 64 tokens; without one only the head", size: "prompt"}
	for _, p := range []int{0, 10, 20, 50, 100, 200} {
		prompts.points = append(prompts.points, seriesPoint{size: strconv.Itoa(p), job: trains(p, rows(8, 64))})
	}
	lengths := series{work: "train an input prompt of 100 tokens on 8 texts", size: "length"}
	for n := 16; n <= 1024; n *= 2 {
		lengths.points = append(lengths.points, seriesPoint{size: strconv.Itoa(n), job: trains(inputTokens, rows(8, n))})
	}
	batches := series{work: "train an input prompt of 100 tokens on texts of 64 tokens", size: "batch"}
	for n := 1; n <= 64; n *= 2 {
		batches.points = append(batches.points, seriesPoint{size: strconv.Itoa(n), job: trains(inputTokens, rows(n, 64))})
	}
	models := series{work: "label 8 texts of 64 tokens", size: "model"}
	for _, shape := range Shapes {
		models.points = append(models.points, seriesPoint{size: shape, shape: shape, job: Job{Kind: Eval, Method: train.Head.Name, Rows: rows(8, 64), Batch: 8}})
	}
	return []series{prompts, lengths, batches, models}
}

// Growth measures how cost goes with the length of the prompt, of the texts,
// the batch and the model, and gives each table as it is there.
func (b *Bench) Growth(ctx context.Context, dtypes []string, each func(Growth) error) error {
	all := allSeries()
	total := 0
	for _, s := range all {
		total += len(s.points) * len(dtypes)
	}
	b.expect(total)
	for _, s := range all {
		g := Growth{Work: s.work, Size: s.size}
		for _, point := range s.points {
			for _, dtype := range dtypes {
				p, err := b.point(ctx, s, point, dtype)
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if err != nil {
					p.Note = err.Error()
				}
				g.Points = append(g.Points, p)
			}
		}
		if err := each(g); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bench) point(ctx context.Context, s series, at seriesPoint, dtype string) (p GrowthPoint, err error) {
	p = GrowthPoint{Size: at.size, DType: dtype}
	b.next(fmt.Sprintf("%s %s %s", s.size, at.size, dtype))
	checkpoint := b.Checkpoint
	if at.shape != "" {
		config, err := Shape(at.shape)
		if err != nil {
			return p, err
		}
		if err := fits(config, dtype); err != nil {
			return p, err
		}
		dir, err := os.MkdirTemp(b.Scratch, "growth-*")
		if err != nil {
			return p, err
		}
		defer os.RemoveAll(dir)
		checkpoint = func(ctx context.Context, dtype string) (string, error) { return Random(ctx, dir, at.shape, dtype) }
	}
	j, err := b.job(ctx, at.job, dtype, checkpoint)
	if err != nil {
		return p, err
	}
	if p.Floor, err = b.floor(ctx, j); err != nil {
		return p, err
	}
	sample, err := b.Self.Do(ctx, j)
	if err != nil {
		return p, err
	}
	t := timing([]Sample{sample})
	p.Seconds, p.Peak = t.Seconds, t.Peak
	return p, nil
}

// fits tells whether a model's weights leave memory for the rest.
func fits(config xglm.Config, dtype string) error {
	stored, err := checkpoints.ParseDType(dtype)
	if err != nil {
		return err
	}
	weights := config.Parameters() * stored.Size()
	return memory.Check(int64(float64(weights)*1.4), "work with such a model")
}

// Table shows the measured seconds beside what the matrix products need.
func (g Growth) Table() Table {
	t := Table{Title: g.Work, Heads: []string{g.Size, "dtype", "floor s", "measured s", "of the floor", "GB", "note"}}
	for _, p := range g.Points {
		t.Rows = append(t.Rows, []string{p.Size, p.DType, seconds(p.Floor), seconds(p.Seconds), positive("%.2fx", ratio(p.Seconds, p.Floor)), gigabytes(p.Peak), p.Note})
	}
	return t
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
