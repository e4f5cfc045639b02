package bench

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"xpt/internal/profile"
	"xpt/internal/train"
	"xpt/xglm"
)

// onGPU is a bench whose sides are never asked for a GPU: the rates are known.
func onGPU() *Bench {
	b := tiny("slow")
	b.Device, b.rates, b.copies = "cuda:0", map[string]float64{"bfloat16": 800_000, "float32": 50_000}, 3000
	b.Self = side("xpt", "slow")
	b.Peer = nil
	return b
}

// Two layers whose products have 2*(4*4*4 + 2*4*8) = 256 weights, and a vocabulary of 10.
func TestBytes(t *testing.T) {
	c := xglm.Config{DModel: 4, FFNDim: 8, NumLayers: 2, AttentionHeads: 1, VocabSize: 10}
	rows := []int{3, 3, 3}
	for name, test := range map[string]struct {
		job  Job
		want float64
	}{
		"evaluation":         {Job{Kind: Eval, Method: train.Prompt.Name, Rows: rows}, 2 * 256},
		"a prompt, 2 steps":  {Job{Kind: Train, Method: train.Prompt.Name, Rows: rows, Batch: 2}, 2 * 2 * 2 * 256},
		"a head":             {Job{Kind: Train, Method: train.Head.Name, Rows: rows, Batch: 1}, 3 * 2 * 256},
		"all":                {Job{Kind: Train, Method: train.Full.Name, Rows: rows, Batch: 3}, (2*2 + 32) * 256},
		"a row by 3 tokens":  {Job{Kind: Generate, Rows: []int{3}, NewTokens: 3}, 2 * (3*(256+40) + (4+5)*2*4*2)},
		"three by one token": {Job{Kind: Generate, Rows: rows, NewTokens: 1}, 2 * (256 + 40)},
	} {
		if got := Bytes(c, test.job, 2); got != test.want {
			t.Errorf("%s: %v bytes, want %v", name, got, test.want)
		}
	}
}

func TestFloorOnGPU(t *testing.T) {
	dir := t.TempDir()
	folder, err := Random(context.Background(), dir, "mini", "bfloat16")
	if err != nil {
		t.Fatal(err)
	}
	model, err := Shape("mini")
	if err != nil {
		t.Fatal(err)
	}
	b := onGPU()
	for name, test := range map[string]struct {
		job      Job
		products bool // rule
	}{
		"a large batch": {Job{Kind: Eval, Method: train.Head.Name, Rows: slices.Repeat([]int{64}, 256)}, true},
		"one token":     {Job{Kind: Eval, Method: train.Head.Name, Rows: []int{1}}, false},
		"generation":    {Job{Kind: Generate, Rows: []int{16}, NewTokens: 64}, false},
	} {
		test.job.Checkpoint, test.job.DType = folder, "bfloat16"
		f, err := b.floor(context.Background(), test.job)
		if err != nil {
			t.Fatal(err)
		}
		bytes := Bytes(model, test.job, 2) / 3e12
		want := bytes
		if test.products {
			want = FLOPs(model, test.job) / 800e12
		}
		if math.Abs(f.seconds()-want) > 1e-9*want || math.Abs(f.bytes-bytes) > 1e-9*bytes {
			t.Errorf("%s: floor %+v, want %v", name, f, want)
		}
	}
}

// What is measured on a GPU says how much of its rate of products it reaches; the rest of its row is as ever.
func TestShare(t *testing.T) {
	b := onGPU() // passes of 200 s
	j := small(Job{Kind: Eval, Method: train.Head.Name, Sets: 15})
	var results []Result
	err := b.Compare(context.Background(), []Case{{Name: "eval", Work: j}}, []string{"bfloat16"}, func(r Result) error {
		results = append(results, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	model, err := xglm.LoadConfig("../../testdata/xglm/gelu")
	if err != nil {
		t.Fatal(err)
	}
	one := j
	one.Sets = 0
	r := results[0]
	if want := 15 * FLOPs(model, one) / 800e12 / 200; math.Abs(r.Share-want) > 1e-9*want || r.PerSecond != 15.0*3/200 {
		t.Errorf("share %v, want %v; %v a second", r.Share, want, r.PerSecond)
	}
	r.Share, r.Goal.Share = 0.456, 0.45
	table := Comparison([]Result{r})
	if row := table.Rows[0]; len(row) != len(table.Heads) || strings.Join(row[len(row)-2:], " ") != "45.6 % ≥ 45 %" {
		t.Errorf("row %q under %q", row, table.Heads)
	}
	text, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(text), `"share":0.456`) {
		t.Errorf("%s, error %v", text, err)
	}
}

// A case that the peer would take minutes for is measured of xpt alone.
func TestAlone(t *testing.T) {
	b := tiny("broken")
	for alone, want := range map[bool]bool{true: true, false: false} {
		own, peer, err := b.runs(context.Background(), Case{Alone: alone}, Job{Kind: Versions}, []Side{side("xpt", "slow"), *b.Peer})
		if len(own) != 1 || len(peer) != 0 || (err == nil) != want {
			t.Errorf("alone %t: %v, %v, error %v", alone, own, peer, err)
		}
	}
}

// Passes must be long enough to time and short enough for a machine that is lent for minutes: at 564M and 400 TFLOP/s.
func TestCasesOfAGPU(t *testing.T) {
	model, err := xglm.Preset("564M")
	if err != nil {
		t.Fatal(err)
	}
	cases := Cases(true)
	for name := range gpuGoals {
		if !slices.Contains(names(cases), name) {
			t.Errorf("a goal of no case %q", name)
		}
	}
	for _, c := range cases {
		if c.Goals["float32"] != (Goal{}) || c.Goals["bfloat16"] != gpuGoals[c.Name] {
			t.Errorf("%s: goals %v", c.Name, c.Goals)
		}
		text, err := json.Marshal(c.Work)
		if err != nil || len(text) > 100<<10 { // Linux takes arguments of 128 KB
			t.Errorf("%s: a job of %d bytes, error %v", c.Name, len(text), err)
		}
		if c.Work.Kind != Train && c.Work.Kind != Eval {
			continue
		}
		if took := FLOPs(model, c.Work) / 400e12; took < 0.03 || took > 3 {
			t.Errorf("%s: a pass takes %.3f s", c.Name, took)
		}
		if len(c.Work.Common) > 0 && len(c.Work.Common) != len(c.Work.Rows) {
			t.Errorf("%s: %d shared prefixes of %d rows", c.Name, len(c.Work.Common), len(c.Work.Rows))
		}
		for r, n := range c.Work.Common {
			if n >= c.Work.Rows[r] || n > 0 && n >= c.Work.Rows[r-1] {
				t.Errorf("%s: row %d of %d tokens shares %d with the one of %d before it", c.Name, r, c.Work.Rows[r], n, c.Work.Rows[r-1])
				break
			}
		}
	}
}

// A trace is of one pass, and what its kernels leave of the time is the host's.
func TestPartsOfAGPU(t *testing.T) {
	seconds, parts := byPart(Sample{Seconds: []float64{3, 5}, GPU: &profile.Trace{Launches: 7}, Ops: []profile.OpTime{
		{Name: "aten::mm", Seconds: 2}, {Name: "aten::mm", Backward: true, Seconds: 1},
	}})
	if seconds != 4 || len(parts) != 2 || parts[0].Forward != 2 || parts[0].Backward != 1 || parts[1].Name != idlePart || parts[1].Forward != 1 {
		t.Errorf("%v s: %+v", seconds, parts)
	}
	title := Profile{Case: "c", DType: "bfloat16", Seconds: 4, Floor: 1, GPU: &profile.Trace{Launches: 7, Waits: 2}}.Table().Title
	if want := "c in bfloat16: 4.00 s, at least 1.00; 7 launches, 2 waits of the host for the GPU"; title != want {
		t.Errorf("title %q", title)
	}
}

func TestMachineOfAGPU(t *testing.T) {
	m := Machine{Device: "cuda:0", GPU: "NVIDIA H100 80GB HBM3", GBs: 3000, GFLOPS: map[string]float64{"bfloat16": 790000}}
	for _, want := range []string{"device: cuda:0, NVIDIA H100 80GB HBM3)", "bfloat16: 790 TFLOP/s", "copies in GPU memory: 3000 GB/s"} {
		if !strings.Contains(m.String(), want) {
			t.Errorf("no %q in %s", want, m)
		}
	}
}

// Every start of the command lists the cases, for the help of bench.
func TestListingCasesIsCheap(t *testing.T) {
	for _, gpu := range []bool{false, true} {
		if n := testing.AllocsPerRun(3, func() { Cases(gpu) }); n > 1000 {
			t.Errorf("on a GPU %t: %v allocations", gpu, n)
		}
	}
}
