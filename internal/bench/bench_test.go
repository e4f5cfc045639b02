package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"xpt/internal/profile"
	"xpt/internal/train"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/xglm"
)

// The test program is also the sides' program, by its first argument.
func TestMain(m *testing.M) {
	if len(os.Args) < 3 {
		os.Exit(m.Run())
	}
	switch os.Args[1] {
	case "serve":
		if err := Serve(context.Background(), os.Args[2], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "xpt:", err)
			os.Exit(1)
		}
	case "slow":
		fmt.Println(`{"seconds": [100, 300, 200], "peak_bytes": 4000000000}`)
	case "broken":
		fmt.Fprintln(os.Stderr, "Traceback (most recent call last):\n  File ...\nModuleNotFoundError: No module named 'peft'")
		os.Exit(1)
	case "silent":
		os.Exit(9)
	case "chatty":
		fmt.Println("hello")
	default:
		os.Exit(m.Run())
	}
}

func side(name, mode string) Side { return Side{Name: name, Command: []string{os.Args[0], mode}} }

func tiny(peer string) *Bench {
	p := side("peer", peer)
	return &Bench{Self: side("xpt", "serve"), Peer: &p, Device: "cpu", Threads: 1, Repeat: 1, rates: map[string]float64{"float32": 10, "bfloat16": 10},
		Checkpoint: func(context.Context, string) (string, error) { return "../../testdata/xglm/gelu", nil }}
}

func small(j Job) Job {
	j.PromptLength, j.Rows, j.Batch = 2, []int{3, 6, 4}, 2
	return j
}

// A growth that is stopped midway keeps the points that it has.
func TestGrowthStopped(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	b := tiny("broken")
	b.Self = side("xpt", "slow")
	b.Progress = func(done, _ int, _ string) {
		if done == 2 {
			stop()
		}
	}
	var got []Growth
	err := b.Growth(ctx, []string{"float32"}, func(g Growth) error {
		got = append(got, g)
		return nil
	})
	if !errors.Is(err, context.Canceled) || len(got) != 1 || len(got[0].Points) != 2 {
		t.Errorf("%+v, error %v", got, err)
	}
}

// Every kind of work is done by xpt's own process, and stands beside the peer's.
func TestCompare(t *testing.T) {
	cases := []Case{
		{Name: "train-input", Work: small(Job{Kind: Train, Method: train.Prompt.Name}), Goals: goals(3, 5, 0.5)}, // of a larger model
		{Name: "train-deep", Work: small(Job{Kind: Train, Method: train.Prefix.Name})},
		{Name: "train-lora", Work: small(Job{Kind: Train, Method: train.LoRA.Name})},
		{Name: "train-bitfit", Work: small(Job{Kind: Train, Method: train.BitFit.Name})},
		{Name: "train-head", Work: small(Job{Kind: Train, Method: train.Head.Name})},
		{Name: "train-full", Work: small(Job{Kind: Train, Method: train.Full.Name})},
		{Name: "eval", Work: small(Job{Kind: Eval, Method: train.Prompt.Name})},
		{Name: "load", Work: small(Job{Kind: Load, Method: train.Head.Name})},
		{Name: "generate", Work: small(Job{Kind: Generate, NewTokens: 2})},
	}
	var results []Result
	err := tiny("slow").Compare(context.Background(), cases, []string{"float32", "bfloat16"}, func(r Result) error {
		results = append(results, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 2*len(cases) {
		t.Fatalf("%d results of %d cases in two dtypes", len(results), len(cases))
	}
	for _, r := range results {
		if r.XPT.Seconds <= 0 || r.XPT.Least > r.XPT.Seconds || r.XPT.Most < r.XPT.Seconds || r.XPT.Peak <= 0 || r.PerSecond <= 0 {
			t.Errorf("%+v", r)
		}
		if r.Case != "load" && (r.Peer.Seconds != 200 || r.Peer.Least != 100 || r.Peer.Most != 300) {
			t.Errorf("the peer: %+v", r.Peer)
		}
		if r.Goal != (Goal{}) {
			t.Errorf("the goal %+v is for another model", r.Goal)
		}
		if r.Speed != r.Peer.Seconds/r.XPT.Seconds || r.Memory != float64(r.XPT.Peak)/4e9 {
			t.Errorf("ratios of %+v", r)
		}
		if works := strings.HasPrefix(r.Case, "train") || r.Case == "eval"; works != (r.Floor > 0) {
			t.Errorf("%s has the floor %v", r.Case, r.Floor)
		}
	}
	var text strings.Builder
	results[0].Goal = cases[0].goal(xglm.DefaultConfig(), "float32")
	if err := Comparison(results[:1]).Write(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"train-input", "float32", fmt.Sprintf("%.2fx", results[0].Speed), "≥ 3x", "≤ 0.5", "100–300"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
}

// A side that fails is one line, in the result and at the end.
func TestFailures(t *testing.T) {
	c := Case{Name: "eval", Work: small(Job{Kind: Eval, Method: train.Head.Name})}
	for mode, want := range map[string]string{
		"broken": "eval in float32: peer: ModuleNotFoundError: No module named 'peft'",
		"silent": "eval in float32: peer: exit status 9: is there enough memory?",
		"chatty": "eval in float32: peer: it printed no sample: invalid character 'h' looking for beginning of value",
	} {
		var results []Result
		err := tiny(mode).Compare(context.Background(), []Case{c}, []string{"float32"}, func(r Result) error {
			results = append(results, r)
			return nil
		})
		if err == nil || err.Error() != want {
			t.Errorf("%s: error %q, want %q", mode, err, want)
		}
		if len(results) != 1 || "eval in float32: "+results[0].Error != want {
			t.Fatalf("%s: results %+v", mode, results)
		}
		if r := results[0]; r.XPT.Seconds == 0 || r.Floor == 0 || r.Peer != nil || r.row()[2] == "failed" || r.row()[6] != "failed" {
			t.Errorf("%s: what xpt took is lost: %+v", mode, r)
		}
	}
	b := tiny("slow")
	b.Checkpoint = func(context.Context, string) (string, error) { return "nowhere", nil }
	err := b.Compare(context.Background(), []Case{c, c}, []string{"float32"}, func(Result) error { return nil })
	if err == nil || !strings.HasPrefix(err.Error(), "2 cases failed, the first: eval in float32: nowhere: ") {
		t.Errorf("error %q", err)
	}
}

// What xpt itself calls the user's error is one here too; what else ends a process is a failure.
func TestFailuresOfTheUser(t *testing.T) {
	for script, want := range map[string]bool{
		"echo 'xpt: nowhere: no config.json there' >&2; exit 1":             true,
		"echo 'xpt: libtorch: out of memory' >&2; exit 2":                   false,
		"echo \"ModuleNotFoundError: No module named 'torch'\" >&2; exit 1": false,
		"exit 1": false,
	} {
		_, err := Side{Name: "side", Command: []string{"sh", "-c", script}}.Do(context.Background(), Job{})
		if err == nil || errors.As(err, new(*usererror.Error)) != want {
			t.Errorf("%s: %v, the user's: %t", script, err, !want)
		}
	}
}

func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c := Case{Name: "eval", Work: small(Job{Kind: Eval, Method: train.Head.Name})}
	if err := tiny("slow").Compare(ctx, []Case{c}, []string{"float32"}, func(Result) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// A slow peer that is stopped takes nothing of what xpt took with it.
func TestStoppedInThePeer(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	b := tiny("slow")
	b.Progress = func(_, _ int, text string) {
		if strings.HasSuffix(text, "peer") {
			cancel()
		}
	}
	c := Case{Name: "eval", Work: small(Job{Kind: Eval, Method: train.Head.Name})}
	var results []Result
	err := b.Compare(ctx, []Case{c, c}, []string{"float32"}, func(r Result) error {
		results = append(results, r)
		return nil
	})
	if !errors.Is(err, context.Canceled) || len(results) != 1 || results[0].XPT.Seconds <= 0 || results[0].Peer != nil || results[0].Error == "" {
		t.Errorf("error %v, results %+v", err, results)
	}
}

func TestOpenPeer(t *testing.T) {
	if _, _, err := OpenPeer(context.Background(), "/no/such/python"); err == nil || err.Error() != "--peer: no Python at /no/such/python" {
		t.Errorf("error %v", err)
	}
	python := filepath.Join(t.TempDir(), "python")
	script := "#!/bin/sh\nprintf \"Traceback:\\n  ...\\nModuleNotFoundError: No module named 'torch'\\n\" >&2\nexit 1\n"
	if err := os.WriteFile(python, []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	_, _, err := OpenPeer(context.Background(), python)
	want := "--peer " + python + ": ModuleNotFoundError: No module named 'torch': it needs torch, transformers and peft"
	if err == nil || err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

func TestParseCases(t *testing.T) {
	for list, want := range map[string][]string{
		"all":                     names(Cases(false)),
		"train-input":             {"train-input"},
		"load,train-deep":         {"train-deep", "load"},
		"generate, eval-plain":    {"eval-plain", "generate-1", "generate-8"},
		"train":                   {"train-input", "train-deep", "train-lora", "train-bitfit", "train-head", "train-full", "train-input-xnli"},
		"train-full,train":        {"train-input", "train-deep", "train-lora", "train-bitfit", "train-head", "train-full", "train-input-xnli"},
		"forward,forward,forward": {"forward"},
	} {
		cases, err := ParseCases(list, false)
		if got := names(cases); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v (error %v), want %v", list, got, err, want)
		}
	}
	for _, list := range []string{"", "trai", "train-", "nothing", "load,"} {
		if cases, err := ParseCases(list, false); err == nil {
			t.Errorf("%q is accepted as %v", list, names(cases))
		}
	}
}

// Two layers of width 4 with a feed-forward layer of 8: keys and values of a
// position take 2 * 2*4*4 = 64 operations, the rest of a layer 2 * 2*4*4 for
// queries and output and 2 * 2*4*8 for the feed-forward layer, 192; a query
// that meets a key takes 2*4 + 2*4 = 16.
func TestFLOPs(t *testing.T) {
	c := xglm.Config{DModel: 4, FFNDim: 8, NumLayers: 2, AttentionHeads: 1}
	const linear = 2*3*64 + (3+1)*192 // a row of 3: keys and values of both layers, the rest of 3 positions and then of 1
	const attention = (1+2+3)*16 + 3*16
	const prompt = 2*(2*64+192) + (1+2)*16 // 2 positions before it: all of the first layer, keys and values of the second
	const behind = (3*2 + 2) * 16          // the row meets them
	for _, test := range []struct {
		name string
		job  Job
		want float64
	}{
		{"evaluation", Job{Kind: Eval, Method: train.Head.Name, Rows: []int{3}}, linear + attention},
		{"a head's training has no backward", Job{Kind: Train, Method: train.Head.Name, Rows: []int{3}, Batch: 1}, linear + attention},
		{"everything is trained", Job{Kind: Train, Method: train.Full.Name, Rows: []int{3}, Batch: 1}, 3*linear + 3*attention},
		{"behind a prefix", Job{Kind: Eval, Method: train.Prefix.Name, PromptLength: 2, Rows: []int{3}}, linear + attention + behind},
		{"behind a prompt, which runs once", Job{Kind: Eval, Method: train.Prompt.Name, PromptLength: 2, Rows: []int{3, 3}}, 2*(linear+attention+behind) + prompt},
		{"a row goes on where it differs", Job{Kind: Eval, Method: train.Head.Name, Rows: []int{3, 3}, Common: []int{0, 2}}, linear + attention + 2*64 + 2*192 + (1+2)*16 + (1+2)*16},
		{"a prefix is trained", Job{Kind: Train, Method: train.Prefix.Name, PromptLength: 2, Rows: []int{3}, Batch: 1}, 2*linear + 3*(attention+behind)},
		{"a prompt is trained in two steps", Job{Kind: Train, Method: train.Prompt.Name, PromptLength: 2, Rows: []int{3, 3}, Batch: 1},
			2 * (2*(linear+2*(2*64+192)) + 3*(attention+behind+(1+2)*16))},
	} {
		if got := FLOPs(c, test.job); got != test.want {
			t.Errorf("%s: %v operations, want %v", test.name, got, test.want)
		}
	}
	big, err := xglm.Preset("564M")
	if err != nil {
		t.Fatal(err)
	}
	if got := FLOPs(big, Job{Kind: Eval, Method: train.Head.Name, Rows: slices.Repeat([]int{64}, 8)}) / 512 / 1e9; math.Abs(got-0.59) > 0.01 {
		t.Errorf("a position of 564M takes %.3f GFLOP", got)
	}
}

func TestProfile(t *testing.T) {
	cases := []Case{{Name: "train-input", Work: small(Job{Kind: Train, Method: train.Prompt.Name})}, {Name: "load", Work: small(Job{Kind: Load})}}
	var profiles []Profile
	err := tiny("slow").Profile(context.Background(), cases, []string{"float32"}, func(p Profile) error {
		profiles = append(profiles, p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(profiles) != 1 {
		t.Fatalf("%d profiles", len(profiles))
	}
	sum := 0.0
	for _, p := range profiles[0].Parts {
		sum += p.Forward + p.Backward
		if p.Name == "linear layers" && (p.Forward == 0 || p.Backward == 0) {
			t.Errorf("linear layers: %+v", p)
		}
	}
	if p := profiles[0]; p.Floor <= 0 || math.Abs(sum-p.Seconds) > 1e-6*p.Seconds {
		t.Errorf("the parts take %v s of %v s; floor %v", sum, p.Seconds, p.Floor)
	}
	if rows := profiles[0].Table().Rows; len(rows) != len(profiles[0].Parts) {
		t.Errorf("rows %v", rows)
	}
}

func TestParts(t *testing.T) {
	seconds, parts := byPart(Sample{Seconds: []float64{3, 5}, Ops: []profile.OpTime{
		{Name: "aten::mm", Seconds: 2}, {Name: "aten::mm", Backward: true, Seconds: 1}, {Name: "torch::autograd::CppNode<(anonymous namespace)::PackedLinear>", Backward: true, Seconds: 1},
		{Name: "aten::_log_softmax", Seconds: 0.5}, {Name: "aten::_softmax", Seconds: 1.5}, {Name: "aten::add", Seconds: 0.2},
	}})
	if seconds != 4 {
		t.Errorf("%v s a pass", seconds)
	}
	want := []struct {
		name              string
		forward, backward float64
	}{{"linear layers", 1, 1}, {"attention", 0.75, 0}, {"loss", 0.25, 0}, {otherPart, 0.1, 0}, {outsidePart, 0.9, 0}}
	if len(parts) != len(want) {
		t.Fatalf("parts %+v", parts)
	}
	for i, w := range want {
		if p := parts[i]; p.Name != w.name || math.Abs(p.Forward-w.forward) > 1e-9 || math.Abs(p.Backward-w.backward) > 1e-9 {
			t.Errorf("part %+v, want %+v", p, w)
		}
	}
	if got := shortened("torch::autograd::CppNode<(anonymous namespace)::PackedLinear>"); got != "PackedLinear" {
		t.Errorf("shortened to %q", got)
	}
}

// What a model's size or its file forbids is a note at its point.
func TestGrowthPoint(t *testing.T) {
	b := tiny("slow")
	p, err := b.point(context.Background(), series{}, seriesPoint{size: "2", job: small(Job{Kind: Train, Method: train.Prompt.Name})}, "float32")
	if err != nil || p.Seconds <= 0 || p.Floor <= 0 || p.Peak <= 0 {
		t.Errorf("%+v, error %v", p, err)
	}
	p, err = b.point(context.Background(), series{}, seriesPoint{size: "mini", shape: "mini", job: small(Job{Kind: Eval, Method: train.Head.Name})}, "bfloat16")
	if err != nil || p.Seconds <= 0 {
		t.Errorf("%+v, error %v", p, err)
	}
	huge := xglm.DefaultConfig()
	huge.DModel, huge.NumLayers = 1<<17, 1000
	if err := fits(huge, "float32"); err == nil || !strings.Contains(err.Error(), "GB") {
		t.Errorf("error %v", err)
	}
	table := Growth{Size: "prompt", Points: []GrowthPoint{{Size: "7", DType: "float32", Floor: 2, Seconds: 3}, {Size: "8", DType: "float32", Note: "why"}}}.Table()
	if got := strings.Join(table.Rows[0], " "); got != "7 float32 2.00 3.00 1.50x – " {
		t.Errorf("row %q", got)
	}
	table = Growth{Points: []GrowthPoint{{Size: "32", DType: "bfloat16", Floor: 2, Seconds: 3, Share: 0.4, Peak: 5e9, Note: "why"}}}.Table()
	if got := strings.Join(table.Rows[0], " "); got != "32 bfloat16 2.00 3.00 1.50x 5.00 40.0 % why" || len(table.Heads) != len(table.Rows[0]) {
		t.Errorf("row %q under %q", got, table.Heads)
	}
}

func TestRandom(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		folder, err := Random(context.Background(), dir, "Mini", "bfloat16")
		if err != nil {
			t.Fatal(err)
		}
		m, err := xglm.Load(folder, xglm.Options{Device: libtorch.CPU, DType: libtorch.BFloat16})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Random(context.Background(), dir, "giant", "float32"); err == nil {
		t.Error("a shape that is none is accepted")
	}
	if err := hasRoom(dir, 1<<60); err == nil || !strings.Contains(err.Error(), "free there") {
		t.Errorf("room for all: %v", err)
	}
}

func TestPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	for _, text := range []string{"one", "two"} {
		if err := WritePage(path, text); err != nil {
			t.Fatal(err)
		}
	}
	read := func() string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if got, want := read(), beginMark+"\n\ntwo\n\n"+endMark+"\n"; got != want {
		t.Errorf("page %q, want %q", got, want)
	}
	if err := os.WriteFile(path, []byte("before\n"+beginMark+"\nold\n"+endMark+"\nafter\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := WritePage(path, "new"); err != nil {
		t.Fatal(err)
	}
	if got, want := read(), "before\n"+beginMark+"\n\nnew\n\n"+endMark+"\nafter\n"; got != want {
		t.Errorf("page %q, want %q", got, want)
	}
	if err := os.WriteFile(path, []byte("no marks"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := CheckPage(path); err == nil {
		t.Error("a page without marks is accepted")
	}
}

func TestMarkdown(t *testing.T) {
	table := Table{Title: "t", Heads: []string{"a", "b", "c"}, Rows: [][]string{{"x", "y", "1"}}}
	if got, want := table.Markdown(), "t\n\n| a | b | c |\n| --- | --- | ---: |\n| x | y | 1 |\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPairLengths(t *testing.T) {
	if lengths := pairLengths(); len(lengths) != 256 || slices.Min(lengths) < 1 || slices.Max(lengths) > 128 {
		t.Errorf("%d lengths from %d to %d", len(lengths), slices.Min(lengths), slices.Max(lengths))
	}
}
