package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"xpt/checkpoints"
	"xpt/training"
)

// rankProcess is a process of a group with what it prints.
type rankProcess struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer
}

// startRanks starts a command as a launcher does, of as many processes as there are argument lists.
func startRanks(t *testing.T, args ...[]string) (group []*rankProcess) {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	free.Close()
	for rank, own := range args {
		p := &rankProcess{Cmd: xptProcess(own...)}
		p.Env = append(p.Env, fmt.Sprintf("RANK=%d", rank), fmt.Sprintf("WORLD_SIZE=%d", len(args)), "MASTER_ADDR=127.0.0.1", fmt.Sprintf("MASTER_PORT=%d", port))
		p.Stdout, p.Stderr = &p.stdout, &p.stderr
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.Process.Kill() })
		group = append(group, p)
	}
	return group
}

// onRanksOf runs a command on n processes to its end, and returns what rank 0 printed.
func onRanksOf(t *testing.T, n int, args []string) string {
	t.Helper()
	group := startRanks(t, slices.Repeat([][]string{args}, n)...)
	for rank, p := range group {
		if err := p.Wait(); err != nil {
			t.Fatalf("rank %d of %d: %v: %s", rank, n, err, p.stderr.String())
		}
		if rank > 0 && p.stdout.Len()+p.stderr.Len() > 0 {
			t.Errorf("rank %d of %d says %s%s", rank, n, p.stdout.String(), p.stderr.String())
		}
	}
	return group[0].stdout.String()
}

// sentences writes n tagged training sentences of different lengths.
func sentences(t *testing.T, dir string, n int) {
	t.Helper()
	words := []string{"the\tDET", "cat\tNOUN", "sleeps\tVERB", "a\tDET", "dog\tNOUN", "eats\tVERB", ".\tPUNCT"}
	var text strings.Builder
	for i := range n {
		for k := range 2 + i*5%9 {
			fmt.Fprintln(&text, words[(i+k*k)%len(words)])
		}
		fmt.Fprintln(&text)
	}
	if err := os.WriteFile(filepath.Join(dir, "udpos/train-en.tsv"), []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}

// trainArgs is a training on a workshop's tagged sentences.
func trainArgs(dir, run string, more ...string) []string {
	return append([]string{"train", "--checkpoint", filepath.Join(dir, "checkpoint"), "--data", dir, "--task", "udpos", "--dtype", "float32", "--threads", "1",
		"--dropout", "0.2", "--epochs", "2", "--batch-size", "5", "--out", filepath.Join(dir, run)}, more...)
}

// trained reads a run's parameters and losses.
func trained(t *testing.T, run string) (values map[string][]float32, losses []float64) {
	t.Helper()
	ck, err := checkpoints.OpenFile(filepath.Join(run, "best.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer ck.Close()
	values = map[string][]float32{}
	for _, name := range ck.Names() {
		x, err := ck.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		values[name] = slices.Clone(checkpoints.Float32s(x))
	}
	text, err := os.ReadFile(filepath.Join(run, "metrics.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var step training.Step
		if json.Unmarshal([]byte(line), &step) == nil && step.Loss != 0 {
			losses = append(losses, step.Loss)
		}
	}
	return values, losses
}

// checkEqual holds a run against another: losses and parameters to 1e-6.
func checkEqual(t *testing.T, name, want, got string) {
	t.Helper()
	wantValues, wantLosses := trained(t, want)
	values, losses := trained(t, got)
	if len(losses) != len(wantLosses) {
		t.Fatalf("%s: %d steps, want %d", name, len(losses), len(wantLosses))
	}
	for i := range losses {
		if math.Abs(losses[i]-wantLosses[i]) > 1e-6*wantLosses[i] {
			t.Errorf("%s: loss of step %d is %v, want %v", name, i+1, losses[i], wantLosses[i])
		}
	}
	for tensor, want := range wantValues {
		if strings.HasSuffix(tensor, "k_proj.bias") {
			continue // softmax does not change with it: its gradient is rounding, which Adam scales up
		}
		var off, norm float64
		for i, v := range want {
			off += math.Pow(float64(values[tensor][i]-v), 2)
			norm += math.Pow(float64(v), 2)
		}
		if len(values[tensor]) != len(want) || math.Sqrt(off) > 1e-6*math.Sqrt(norm) {
			t.Errorf("%s: %s is off by %.1e", name, tensor, math.Sqrt(off/norm))
		}
	}
}

// A training gives one process's losses and parameters on any number of processes, and the same bits every time:
// with dropout, parts of a step, batches that are smaller than there are processes, and state that is sharded.
func TestRanksTrainAsOneProcess(t *testing.T) {
	dir := workshop(t)
	sentences(t, dir, 12) // batches of 5, 5 and 2
	for _, c := range []struct {
		method string
		sizes  []int
		more   []string
	}{
		{"prompt", []int{3}, []string{"--prompt-length", "3"}},
		{"prefix", []int{2}, []string{"--prompt-length", "3", "--accumulate", "2"}},
		{"lora", []int{2}, []string{"--lora-dropout", "0.2"}},
		{"bitfit", []int{2}, nil},
		{"full", []int{2, 4}, []string{"--accumulate", "2"}},
		{"full", []int{2}, []string{"--optimizer", "adafactor", "--recompute"}},
	} {
		name := strings.Join(append([]string{c.method}, c.more...), " ")
		args := func(run string) []string {
			return trainArgs(dir, run, append([]string{"--method", c.method}, c.more...)...)
		}
		one := strings.ReplaceAll(name, " ", "_")
		if _, stderr, status := invoke(t, args(one)...); status != 0 {
			t.Fatal(name, stderr)
		}
		for _, n := range c.sizes {
			run := fmt.Sprintf("%s-%d", one, n)
			onRanksOf(t, n, args(run))
			checkEqual(t, fmt.Sprintf("%s on %d", name, n), filepath.Join(dir, one), filepath.Join(dir, run))
		}
		if !slices.Contains([]string{"prompt", "full"}, c.method) {
			continue
		}
		first := fmt.Sprintf("%s-%d", one, c.sizes[0])
		onRanksOf(t, c.sizes[0], args(first+"-again"))
		checkSameFile(t, filepath.Join(dir, first), filepath.Join(dir, first+"-again"))
	}
}

// The gradient of a table that the LM head is tied to comes in parts where labels are scored by their words: all are summed. The
// numbers that say so are the norms, as the loss is a difference of large ones.
func TestRanksSumAllPartsOfAGradient(t *testing.T) {
	dir := workshop(t)
	pairs := "The house is big.\tThe house is small.\tcontradiction\nA dog sleeps.\tAn animal sleeps.\tentailment\nThe cat eats.\tThe man is old.\tneutral\n"
	for _, split := range []string{"train", "dev"} {
		writeFile(t, filepath.Join(dir, "xnli"), split+"-en.tsv", strings.Repeat(pairs, 2))
	}
	args := func(run string) []string {
		return trainArgs(dir, run, "--method", "full", "--task", "xnli", "--labels-by-words", "--epochs", "1")
	}
	norms := func(run string) (norms []float64) {
		text, err := os.ReadFile(filepath.Join(dir, run, "metrics.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			var step training.Step
			if json.Unmarshal([]byte(line), &step) == nil && step.Norm != 0 {
				norms = append(norms, step.Norm)
			}
		}
		return norms
	}
	if _, stderr, status := invoke(t, args("one")...); status != 0 {
		t.Fatal(stderr)
	}
	onRanksOf(t, 2, args("two"))
	want, got := norms("one"), norms("two")
	if len(want) == 0 || !slices.EqualFunc(want, got, func(a, b float64) bool { return math.Abs(a-b) < 1e-4*a }) {
		t.Errorf("norms %v on two, %v on one", got, want)
	}
}

// checkSameFile holds the parameters of two runs against one another bit for bit.
func checkSameFile(t *testing.T, a, b string) {
	t.Helper()
	was, _ := trained(t, a)
	is, _ := trained(t, b)
	if !maps.EqualFunc(was, is, slices.Equal) {
		t.Errorf("%s and %s differ", a, b)
	}
}

// Where a process is killed the others end soon and say which, in a line each. The same command goes on from what was saved, and
// ends with the bits of a run without a break; on another number of processes with its numbers.
func TestRankKilled(t *testing.T) {
	dir := workshop(t)
	sentences(t, dir, 40)
	args := func(run string) []string {
		return trainArgs(dir, run, "--method", "full", "--epochs", "6", "--save-every", "3", "--eval-every", "24", "--resume")
	}
	began := time.Now()
	onRanksOf(t, 3, args("whole"))
	took := time.Since(began)
	for i := range kills() / 2 {
		cut := fmt.Sprintf("cut%d", i)
		group := startRanks(t, slices.Repeat([][]string{args(cut)}, 3)...)
		waitFor(t, filepath.Join(dir, cut, "state.safetensors"))
		time.Sleep(time.Duration(i) * took / 20)
		gone := i % 3
		group[gone].Process.Kill()
		killedAt := time.Now()
		for rank, p := range group {
			err := p.Wait()
			if rank == gone || err == nil { // it was done before
				continue
			}
			lines := strings.Split(strings.TrimSpace(p.stderr.String()), "\n")
			if last := lines[len(lines)-1]; !strings.Contains(last, fmt.Sprintf("rank %d has ended", gone)) {
				t.Errorf("rank %d says %q when rank %d was killed", rank, last, gone)
			}
			if rank > 0 && len(lines) > 1 {
				t.Errorf("rank %d says more than a line: %q", rank, lines)
			}
		}
		if took := time.Since(killedAt); took > 30*time.Second {
			t.Errorf("the others took %v to end", took)
		}
		if i == 0 {
			onRanksOf(t, 2, args(cut))
			checkEqual(t, "on 2 after 3", filepath.Join(dir, "whole"), filepath.Join(dir, cut))
			continue
		}
		onRanksOf(t, 3, args(cut))
		checkSameFile(t, filepath.Join(dir, "whole"), filepath.Join(dir, cut))
	}
}

func waitFor(t *testing.T, path string) {
	t.Helper()
	for range 600 {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s does not come", path)
}

// A signal to one process stops all at one step, with the state saved.
func TestRankStopped(t *testing.T) {
	dir := workshop(t)
	sentences(t, dir, 40)
	args := trainArgs(dir, "run", "--method", "prefix", "--epochs", "100000", "--save-every", "3")
	group := startRanks(t, args, args)
	waitFor(t, filepath.Join(dir, "run", "state.safetensors"))
	group[1].Process.Signal(syscall.SIGTERM)
	for rank, p := range group {
		p.Wait()
		if text := p.stderr.String(); !strings.Contains(text, "stopped after step") || strings.Contains(text, "has ended") {
			t.Errorf("rank %d says %q", rank, text)
		}
	}
}

// Processes that would not compute the same are refused before anything is written, with what differs and where.
func TestRanksDiffer(t *testing.T) {
	dir := workshop(t)
	other := workshop(t)
	sentences(t, other, 4)
	args := trainArgs(dir, "run", "--method", "head")
	elsewhere := slices.Clone(args)
	elsewhere[slices.Index(args, dir)] = other
	for _, c := range []struct {
		second []string
		want   string
	}{
		{elsewhere, "rank 1 has another training or dev data in --data than rank 0: SHA-256 "},
		{append(slices.Clone(args), "--learning-rate", "0.5"), "rank 1 has another --learning-rate than rank 0: 0.5, not 0.001"},
	} {
		group := startRanks(t, args, c.second)
		for rank, p := range group {
			if p.Wait() == nil || p.ProcessState.ExitCode() != userError || !strings.Contains(p.stderr.String(), c.want) {
				t.Errorf("rank %d: status %d, %q, want %q", rank, p.ProcessState.ExitCode(), p.stderr.String(), c.want)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "run")); err == nil {
			t.Error("a run was made")
		}
	}
}

// Standard input, of which each process would read a part, is refused.
func TestRanksWithoutInputInCommon(t *testing.T) {
	dir := workshop(t)
	for _, input := range [][]string{{"--text", "-"}, {"--text", "/dev/stdin"}, {"--ids", "-"}} {
		args := append([]string{"score", "--checkpoint", filepath.Join(dir, "checkpoint")}, input...)
		for rank, p := range startRanks(t, args, args) {
			if p.Wait(); p.ProcessState.ExitCode() != userError || !strings.Contains(p.stderr.String(), "no standard input in common") {
				t.Errorf("%v: rank %d: status %d, %q", input, rank, p.ProcessState.ExitCode(), p.stderr.String())
			}
		}
	}
}

// Processes of which some see a finished run and others none do not wait for one another.
func TestRanksSeeOtherFolders(t *testing.T) {
	dir := workshop(t)
	sentences(t, dir, 4)
	run := trainArgs(dir, "run", "--method", "head")
	if _, stderr, status := invoke(t, run...); status != 0 {
		t.Fatal(stderr)
	}
	group := startRanks(t, append(run, "--resume"), trainArgs(dir, "other", "--method", "head", "--resume"))
	for _, p := range group {
		p.Wait()
	}
	if text := group[1].stderr.String(); !strings.Contains(text, "rank 0 has ended, having nothing more to do") || strings.Count(text, "\n") != 1 {
		t.Errorf("rank 1 says %q", text)
	}
}

// Evaluations, scores and predictions are those of one process, byte for byte.
func TestRanksEvaluateAsOneProcess(t *testing.T) {
	dir := workshop(t)
	sentences(t, dir, 300)
	var text strings.Builder
	for i := range 400 {
		fmt.Fprintln(&text, strings.Repeat("the cat sleeps . ", 1+i*7%30))
	}
	texts := filepath.Join(dir, "texts")
	if err := os.WriteFile(texts, []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	train, err := os.ReadFile(filepath.Join(dir, "udpos/train-en.tsv"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "udpos/test-en.tsv"), train, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, stderr, status := invoke(t, trainArgs(dir, "run", "--method", "prefix", "--epochs", "1")...); status != 0 {
		t.Fatal(stderr)
	}
	compute := []string{"--dtype", "float32", "--threads", "1"}
	for name, args := range map[string][]string{
		"score":   {"score", "--checkpoint", filepath.Join(dir, "checkpoint"), "--text", texts, "--json"},
		"predict": {"predict", filepath.Join(dir, "run"), "--text", texts, "--json"},
	} {
		args = append(args, compute...)
		want, stderr, status := invoke(t, args...)
		if status != 0 {
			t.Fatal(name, stderr)
		}
		if got := onRanksOf(t, 3, args); got != want || len(want) == 0 {
			t.Errorf("%s: they differ", name)
		}
	}
	predictions := func(n string) []string {
		return append([]string{"eval", filepath.Join(dir, "run"), "--data", dir, "--predictions", filepath.Join(dir, "predictions"+n)}, compute...)
	}
	want, stderr, status := invoke(t, predictions("1")...)
	if status != 0 {
		t.Fatal(stderr)
	}
	got := onRanksOf(t, 2, predictions("2"))
	if tables, _, _ := strings.Cut(want, "\n\n"); !strings.HasPrefix(got, tables) {
		t.Errorf("a table of\n%s\nwant\n%s", got, tables)
	}
	for _, name := range []string{"run/test-en.jsonl", "run/test-de.tsv"} {
		one, err1 := os.ReadFile(filepath.Join(dir, "predictions1", name))
		two, err2 := os.ReadFile(filepath.Join(dir, "predictions2", name))
		if err1 != nil || err2 != nil || !bytes.Equal(one, two) {
			t.Errorf("%s: they differ (%v, %v)", name, err1, err2)
		}
	}
}
