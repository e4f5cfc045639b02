package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"xpt/checkpoints"
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
	copies      float64            // GB/s of a GPU's memory
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
	Floor     float64 `json:"floor,omitempty"`      // seconds of its matrix products, or of a GPU's memory, at the machine's rates
	Share     float64 `json:"share,omitempty"`      // of the products of a GPU's rate
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
			stopped := ctx.Err()
			if stopped != nil && r.XPT.Seconds == 0 {
				return stopped
			}
			if err != nil {
				r.Error = err.Error()
				failures = append(failures, fmt.Errorf("%s in %s: %w", c.Name, dtype, err))
			}
			if err := cmp.Or(each(r), stopped); err != nil {
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
	own, peer, err := b.runs(ctx, c, j, sides)
	if len(own) == 0 {
		return r, err
	}
	r.XPT = timing(own)
	r.PerSecond = float64(len(j.Rows)*max(1, j.Sets)*max(1, j.NewTokens)) / r.XPT.Seconds
	if len(peer) > 0 {
		t := timing(peer)
		r.Peer, r.Speed, r.Memory = &t, t.Seconds/r.XPT.Seconds, float64(r.XPT.Peak)/float64(t.Peak)
	}
	floor, floorErr := b.floor(ctx, j)
	r.Floor, r.Share = floor.seconds(), b.share(floor, r.XPT.Seconds)
	return r, errors.Join(err, floorErr)
}

// runs measures a job by each side in turns. What xpt took is kept when the peer fails, as where its batch is too large for
// a GPU, or is stopped.
func (b *Bench) runs(ctx context.Context, c Case, j Job, sides []Side) (own, peer []Sample, err error) {
	for range b.Repeat {
		for i, side := range sides {
			b.next(fmt.Sprintf("%s %s %s", c.Name, j.DType, side.Name))
			if i > 0 && (c.Alone || err != nil) {
				continue
			}
			s, failed := side.Do(ctx, b.forSide(j, i > 0))
			switch {
			case failed != nil && ctx.Err() != nil:
				return own, nil, failed
			case failed != nil && i == 0:
				return nil, nil, failed
			case failed != nil:
				err = failed
			case i == 0:
				own = append(own, s)
			default:
				peer = append(peer, s)
			}
		}
	}
	if err != nil {
		peer = nil
	}
	return own, peer, err
}

// forSide sorts the peer's rows of an evaluation by length, for speed, in bfloat16 and on a GPU; xpt sorts them itself.
func (b *Bench) forSide(j Job, peer bool) Job {
	if peer && j.Kind == Eval && (j.DType == "bfloat16" || b.gpu()) {
		j.Rows = slices.Sorted(slices.Values(j.Rows))
	}
	return j
}

// gpu tells whether the device is one.
func (b *Bench) gpu() bool { return strings.HasPrefix(b.Device, "cuda") }

// job sets the job's checkpoint, device, dtype and threads.
func (b *Bench) job(ctx context.Context, work Job, dtype string, checkpoint func(context.Context, string) (string, error)) (Job, error) {
	dir, err := checkpoint(ctx, dtype)
	work.Checkpoint, work.DType, work.Device, work.Threads, work.AtLeast = dir, dtype, b.Device, b.Threads, b.AtLeast
	return work, err
}

// floor is the seconds that a job takes at least.
type floor struct{ products, bytes float64 }

func (f floor) seconds() float64 { return max(f.products, f.bytes) }

// floor is zero for jobs that neither products nor a GPU's memory dominate.
func (b *Bench) floor(ctx context.Context, j Job) (f floor, err error) {
	if j.Kind == Load || j.Kind == Generate && !b.gpu() {
		return f, nil
	}
	config, err := xglm.LoadConfig(j.Checkpoint)
	if err != nil {
		return f, err
	}
	stored, err := checkpoints.ParseDType(j.DType)
	if err != nil {
		return f, err
	}
	if err := b.measureRates(ctx, j.DType); err != nil {
		return f, err
	}
	if j.Kind != Generate {
		f.products = FLOPs(config, j) / (b.rates[j.DType] * 1e9)
	}
	if b.gpu() {
		f.bytes = Bytes(config, j, stored.Size()) / (b.copies * 1e9)
	}
	return f, nil
}

// share is how much of a GPU's rate of products a job reaches; 0 of other devices.
func (b *Bench) share(f floor, seconds float64) float64 {
	if !b.gpu() {
		return 0
	}
	return f.products / seconds
}

// measureRates measures the machine's rates, once for a dtype: of large matrix products and of a GPU's memory.
func (b *Bench) measureRates(ctx context.Context, dtype string) error {
	if b.rates[dtype] > 0 {
		return nil
	}
	s, err := b.Self.Do(ctx, Job{Kind: Rates, DType: dtype, Device: b.Device, Threads: b.Threads})
	if err != nil {
		return err
	}
	if b.rates == nil {
		b.rates = map[string]float64{}
	}
	b.rates[dtype], b.copies = s.GFLOPS, max(b.copies, s.GBs)
	return nil
}

// Rates are the rates measured so far: GFLOP/s of products by dtype, and GB/s of copies within a GPU's memory.
func (b *Bench) Rates() (gflops map[string]float64, copies float64) { return b.rates, b.copies }

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
