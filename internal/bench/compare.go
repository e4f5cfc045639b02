package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"xpt/xglm"
)

// Bench measures on one machine, each job in a separate process.
type Bench struct {
	Self    Side
	Peer    *Side // nil for none
	Device  string
	Threads int
	Repeat  int     // processes of each side for a case
	AtLeast float64 // seconds measured by each, after the warm-up
	Scratch string  // folder of temporary checkpoints; "": the system's, which may be in memory
	// Checkpoint returns the folder of the model in a dtype.
	Checkpoint func(ctx context.Context, dtype string) (string, error)
	// Progress is called before each process; may be nil.
	Progress func(done, total int, text string)

	done, total int
	rates       map[string]float64 // GFLOP/s by dtype
}

// Timing summarises one side of a case.
type Timing struct {
	Seconds float64 `json:"seconds"` // median of the passes
	Least   float64 `json:"least"`
	Most    float64 `json:"most"`
	Peak    int64   `json:"peak_bytes"`
}

// Result is a case in a dtype.
type Result struct {
	Case      string  `json:"case"`
	DType     string  `json:"dtype"`
	XPT       Timing  `json:"xpt"`
	Peer      *Timing `json:"peer,omitempty"`
	Speed     float64 `json:"speed,omitempty"`  // the peer's seconds over xpt's
	Memory    float64 `json:"memory,omitempty"` // xpt's peak over the peer's
	Goal      Goal    `json:"goal"`
	PerSecond float64 `json:"per_second,omitempty"` // new tokens of a generation, else rows
	Floor     float64 `json:"floor,omitempty"`      // seconds of its matrix products at the machine's rate
	Error     string  `json:"error,omitempty"`
}

// Compare measures every case in every dtype, xpt and the peer in turns, and calls each with every result. A failed case is
// also a result; the others go on.
func (b *Bench) Compare(ctx context.Context, cases []Case, dtypes []string, each func(Result) error) error {
	sides := []Side{b.Self}
	if b.Peer != nil {
		sides = append(sides, *b.Peer)
	}
	b.expect(len(dtypes) * len(cases) * len(sides) * b.Repeat)
	var failures []error
	for _, c := range cases {
		for _, dtype := range dtypes {
			r, err := b.compare(ctx, c, dtype, sides)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				r.Error = err.Error()
				failures = append(failures, fmt.Errorf("%s in %s: %w", c.Name, dtype, err))
			}
			if err := each(r); err != nil {
				return err
			}
		}
	}
	return firstOf(failures)
}

func firstOf(failures []error) error {
	if len(failures) < 2 {
		return errors.Join(failures...)
	}
	return fmt.Errorf("%d cases failed, the first: %w", len(failures), failures[0])
}

func (b *Bench) compare(ctx context.Context, c Case, dtype string, sides []Side) (Result, error) {
	r := Result{Case: c.Name, DType: dtype}
	j, err := b.job(ctx, c.Work, dtype, b.Checkpoint)
	if err != nil {
		return r, err
	}
	model, err := xglm.LoadConfig(j.Checkpoint)
	if err != nil {
		return r, err
	}
	r.Goal = c.goal(model, dtype)
	samples := make([][]Sample, len(sides))
	for range b.Repeat {
		for i, side := range sides {
			b.next(fmt.Sprintf("%s %s %s", c.Name, dtype, side.Name))
			s, err := side.Do(ctx, forSide(j, i > 0))
			if err != nil {
				return r, err
			}
			samples[i] = append(samples[i], s)
		}
	}
	r.XPT = timing(samples[0])
	r.PerSecond = float64(len(j.Rows)*max(1, j.NewTokens)) / r.XPT.Seconds
	if len(sides) > 1 {
		peer := timing(samples[1])
		r.Peer, r.Speed, r.Memory = &peer, peer.Seconds/r.XPT.Seconds, float64(r.XPT.Peak)/float64(peer.Peak)
	}
	r.Floor, err = b.floor(ctx, j)
	return r, err
}

// forSide sorts the peer's rows of a bfloat16 evaluation by length, for speed; xpt sorts them itself.
func forSide(j Job, peer bool) Job {
	if peer && j.Kind == Eval && j.DType == "bfloat16" {
		j.Rows = slices.Sorted(slices.Values(j.Rows))
	}
	return j
}

// job sets the job's checkpoint, device, dtype and threads.
func (b *Bench) job(ctx context.Context, work Job, dtype string, checkpoint func(context.Context, string) (string, error)) (Job, error) {
	dir, err := checkpoint(ctx, dtype)
	work.Checkpoint, work.DType, work.Device, work.Threads, work.AtLeast = dir, dtype, b.Device, b.Threads, b.AtLeast
	return work, err
}

// floor is the time of a job's matrix products alone, 0 for jobs that they do not dominate.
func (b *Bench) floor(ctx context.Context, j Job) (float64, error) {
	if j.Kind != Train && j.Kind != Eval {
		return 0, nil
	}
	config, err := xglm.LoadConfig(j.Checkpoint)
	if err != nil {
		return 0, err
	}
	rate, err := b.Rate(ctx, j.DType)
	return FLOPs(config, j) / (rate * 1e9), err
}

// Rate is the machine's rate for large matrix products, in GFLOP/s.
func (b *Bench) Rate(ctx context.Context, dtype string) (float64, error) {
	if rate := b.rates[dtype]; rate > 0 {
		return rate, nil
	}
	s, err := b.Self.Do(ctx, Job{Kind: Matmul, DType: dtype, Device: b.Device, Threads: b.Threads})
	if err != nil {
		return 0, err
	}
	if b.rates == nil {
		b.rates = map[string]float64{}
	}
	b.rates[dtype] = s.GFLOPS
	return s.GFLOPS, nil
}

// Rates are the rates measured so far, by dtype.
func (b *Bench) Rates() map[string]float64 { return b.rates }

func (b *Bench) expect(total int) { b.done, b.total = 0, total }

func (b *Bench) next(text string) {
	if b.Progress != nil {
		b.Progress(b.done, b.total, text)
	}
	b.done++
}

// timing summarises the samples of a side.
func timing(samples []Sample) (t Timing) {
	var seconds []float64
	for _, s := range samples {
		seconds = append(seconds, s.Seconds...)
		t.Peak = max(t.Peak, s.Peak)
	}
	slices.Sort(seconds)
	if n := len(seconds); n > 0 {
		t.Seconds, t.Least, t.Most = (seconds[n/2]+seconds[(n-1)/2])/2, seconds[0], seconds[n-1]
	}
	return t
}
