package bench

import (
	"cmp"
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

// Growth is the cost of a job by one of its sizes.
type Growth struct {
	Work   string        `json:"work"`
	Size   string        `json:"size"` // the size that grows
	Points []GrowthPoint `json:"points"`
}

// GrowthPoint is the cost at one size.
type GrowthPoint struct {
	Size    string  `json:"size"`
	DType   string  `json:"dtype"`
	Floor   float64 `json:"floor"`   // see [Result]
	Seconds float64 `json:"seconds"` // median; 0 if not measured
	Share   float64 `json:"share,omitempty"`
	Peak    int64   `json:"peak_bytes"`
	Note    string  `json:"note,omitempty"` // why it was not measured
}

// series is a growth to be measured.
type series struct {
	work, size string
	points     []seriesPoint
}

type seriesPoint struct {
	size  string
	shape string // "": the model of the bench
	job   Job
}

// allSeries lists the series of [Bench.Growth].
func allSeries(gpu bool) []series {
	if gpu {
		return gpuSeries()
	}
	rows := func(n, length int) []int { return slices.Repeat([]int{length}, n) }
	trains := func(prompt int, rows []int) Job {
		method := train.Prompt.Name
		if prompt == 0 {
			method = train.Head.Name
		}
		return Job{Kind: Train, Method: method, PromptLength: prompt, Rows: rows, Batch: len(rows)}
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
		job := Job{Kind: Eval, Method: train.Head.Name, Rows: rows(8, 64), Batch: 8}
		models.points = append(models.points, seriesPoint{size: shape, shape: shape, job: job})
	}
	return []series{prompts, lengths, batches, models}
}

// gpuSeries are those of a GPU, whose launches and memory rule small batches. A pass of a training has 512 pairs.
func gpuSeries() []series {
	training := series{work: "train an input prompt of 100 tokens on 512 pairs of XNLI's lengths", size: "batch"}
	labels := series{work: "label that many pairs of XNLI's lengths behind an input prompt of 100 tokens", size: "batch"}
	texts, _ := manyPairs(512)
	trains := func(batch int) Job {
		return Job{Kind: Train, Method: train.Prompt.Name, PromptLength: inputTokens, Rows: texts, Batch: batch}
	}
	evals := func(n int) Job {
		return Job{Kind: Eval, Method: train.Prompt.Name, PromptLength: inputTokens, Rows: texts[:n], Batch: n}
	}
	for _, n := range []int{32, 64, 128, 256} {
		training.points = append(training.points, seriesPoint{size: strconv.Itoa(n), job: trains(n)})
		labels.points = append(labels.points, seriesPoint{size: strconv.Itoa(n), job: evals(n)})
	}
	models := series{work: training.work + " in batches of 16", size: "model"}
	for _, shape := range Shapes[1:] {
		models.points = append(models.points, seriesPoint{size: shape, shape: shape, job: trains(16)})
	}
	return []series{training, labels, models}
}

// Growth measures the cost by the length of the prompt and of the texts, the batch and the model, on a GPU by the batch and
// the model, and calls each with every series, also one that was stopped midway.
func (b *Bench) Growth(ctx context.Context, dtypes []string, each func(Growth) error) error {
	all := allSeries(b.gpu())
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
				if stopped := ctx.Err(); stopped != nil {
					if len(g.Points) > 0 {
						stopped = cmp.Or(each(g), stopped)
					}
					return stopped
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
		checkpoint = func(ctx context.Context, dtype string) (string, error) {
			if kept, err := randomIn(b.Scratch, at.shape, dtype); err == nil {
				return kept, nil
			}
			return Random(ctx, dir, at.shape, dtype)
		}
	}
	j, err := b.job(ctx, at.job, dtype, checkpoint)
	if err != nil {
		return p, err
	}
	floor, err := b.floor(ctx, j)
	if err != nil {
		return p, err
	}
	sample, err := b.Self.Do(ctx, j)
	if err != nil {
		return p, err
	}
	t := timing([]Sample{sample})
	p.Floor, p.Seconds, p.Share, p.Peak = floor.seconds(), t.Seconds, b.share(floor, t.Seconds), t.Peak
	return p, nil
}

// fits returns an error if memory is too small for the model's weights and the rest.
func fits(config xglm.Config, dtype string) error {
	stored, err := checkpoints.ParseDType(dtype)
	if err != nil {
		return err
	}
	weights := config.Parameters() * stored.Size()
	return memory.Check(int64(float64(weights)*1.4), "work with such a model")
}

// Table has the measured seconds beside the floor, and on a GPU the share of its rate of products.
func (g Growth) Table() Table {
	t := Table{Title: g.Work, Heads: []string{g.Size, "dtype", "floor s", "measured s", "of the floor", "GB"}}
	shares := slices.ContainsFunc(g.Points, func(p GrowthPoint) bool { return p.Share > 0 })
	if shares {
		t.Heads = append(t.Heads, "of peak")
	}
	t.Heads = append(t.Heads, "note")
	for _, p := range g.Points {
		overFloor := none
		if p.Floor > 0 {
			overFloor = positive("%.2fx", p.Seconds/p.Floor)
		}
		row := []string{p.Size, p.DType, seconds(p.Floor), seconds(p.Seconds), overFloor, gigabytes(p.Peak)}
		if shares {
			row = append(row, percent(p.Share))
		}
		t.Rows = append(t.Rows, append(row, p.Note))
	}
	return t
}
