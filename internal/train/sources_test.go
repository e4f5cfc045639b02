package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"xpt/datasets"
	"xpt/internal/random"
	"xpt/libtorch"
	"xpt/training"
)

// several is a folder of udpos and xnli in English and German, and a train split of xnli in Swahili.
func several(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("udpos/train-en.tsv", strings.Repeat("the\tDET\ncat\tNOUN\nsleeps\tVERB\n\n", 9))
	write("udpos/dev-en.tsv", "a\tDET\ncat\tNOUN\n")
	write("udpos/train-de.tsv", strings.Repeat("der\tDET\nHund\tNOUN\n\n", 3))
	write("udpos/dev-de.tsv", "die\tDET\nKatze\tNOUN\nschläft\tVERB\n")
	rows := ""
	for i := range 30 {
		rows += fmt.Sprintf("text %d\tother %d\t%s\n", i, i, []string{"entailment", "neutral", "contradiction"}[i%3])
	}
	write("xnli/train-sw.tsv", rows)
	write("xnli/dev-en.tsv", "a\tb\tneutral\n")
	write("xnli/dev-fr.tsv", rows)
	return dir
}

func dataOf(t *testing.T, task, dir string) *Data {
	t.Helper()
	opened, err := datasets.Open(task, dir)
	if err != nil {
		t.Fatal(err)
	}
	return NewData(opened, dir)
}

// Shots are as many of each label, repeat with the seed, and of more shots fewer are a part.
func TestShots(t *testing.T) {
	data := dataOf(t, "xnli", several(t))
	shots := func(k int, seed uint64) (ids []string) {
		p, err := data.shots("train", "sw", datasets.Limit{N: k, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		labels := map[string]int{}
		for _, x := range p.Examples {
			labels[x.Label]++
			ids = append(ids, x.Text)
		}
		if len(labels) != 3 || labels["neutral"] != k || labels["entailment"] != k || len(p.Examples) != 3*k || p.Of != 30 {
			t.Errorf("%d shots: %v of %d", k, labels, p.Of)
		}
		return ids
	}
	two, three := shots(2, 1), shots(3, 1)
	for _, id := range two {
		if !slices.Contains(three, id) {
			t.Errorf("%s is among 2 shots and not among 3", id)
		}
	}
	if slices.Equal(three, shots(3, 2)) {
		t.Error("another seed draws the same shots")
	}
	for what, c := range map[string]struct {
		language string
		n        int
	}{
		"10 examples of label entailment, and 11 are wanted":              {"sw", 11},
		"--shots takes examples of a train split, and of no other: no tr": {"fr", 1},
	} {
		o := training.Options{Language: "en", Shots: c.n, ShotsIn: c.language}
		if _, err := data.sources(o); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v, want %q", err, what)
		}
	}
}

// Several languages are one training part, each has a dev part, and what they saw is known.
func TestSourcesOfSeveralLanguages(t *testing.T) {
	data := dataOf(t, "udpos", several(t))
	s, err := data.sources(training.Options{Language: "en,de"})
	if err != nil || len(s.train.Examples) != 12 || s.train.Of != 12 || !slices.Equal(s.sizes, []int{9, 3}) || len(s.dev) != 2 || s.devSample().Examples != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	r := training.Record{Options: training.Options{Language: "en,de"}, Data: s.digest()}
	for _, c := range []struct{ split, language, want string }{{"train", "de", "trained on"}, {"dev", "de", "chose the state"}, {"dev", "en", "chose the state"}} {
		if seen, err := data.Seen(r, c.split, c.language); err != nil || seen != c.want {
			t.Errorf("%s %s is %q, want %q (%v)", c.split, c.language, seen, c.want, err)
		}
	}
	r.Options.Shots, r.Options.ShotsIn = 3, "de"
	if seen, err := data.Seen(r, "dev", "en"); err != nil || seen != "" {
		t.Errorf("the dev set of a run with shots %s (%v)", seen, err)
	}
	r.Options.Shots, r.Options.ShotsIn = 0, ""
	later := training.Record{Options: training.Options{Language: "en"}, Data: "x-y", Origin: &r}
	if seen, _ := data.Seen(later, "train", "de"); seen != "trained on" || later.Sources() != "en,de" {
		t.Errorf("what the run before saw is %q, in %s", seen, later.Sources())
	}
	one, err := data.sources(training.Options{Language: "de"})
	if err != nil || one.digest() != one.train.Digest+"-"+one.dev[0].Digest || strings.Contains(one.digest(), "+") {
		t.Errorf("one language: %s, %v", one.digest(), err)
	}
}

func TestQuotas(t *testing.T) {
	for _, c := range []struct {
		sizes       []int
		temperature float64
		want        []int
	}{
		{[]int{900, 100}, 1, []int{900, 100}},
		{[]int{900, 100}, 2, []int{750, 250}}, // 30 : 10
		{[]int{900, 100}, 1e6, []int{500, 500}},
		{[]int{1, 1, 2}, 1e6, []int{2, 1, 1}}, // 4/3 each
		{[]int{7}, 3, []int{7}},
	} {
		got := quotas(c.sizes, c.temperature)
		sum := 0
		for _, n := range got {
			sum += n
		}
		if c.sizes[0] != 1 && !slices.Equal(got, c.want) || c.sizes[0] == 1 && (sum != 4 || slices.Min(got) != 1) {
			t.Errorf("%v at %v: %v, want %v", c.sizes, c.temperature, got, c.want)
		}
	}
}

// An epoch has as many rows as all languages, of a small language each as often as the others of it, or once more.
func TestSampledRows(t *testing.T) {
	var items []Item
	for i := range 100 {
		items = append(items, Item{Example: i})
	}
	groups := byLanguage(items, []int{90, 10})
	if len(groups) != 2 || len(groups[0]) != 90 || groups[1][0].Example != 90 {
		t.Fatalf("groups %v", groups)
	}
	rows := sampled(groups, 2, random.Seed(1).Stream("languages", 1))
	times := map[int]int{}
	for _, row := range rows {
		times[row.Example]++
	}
	if len(rows) != 100 || len(times) != 75+10 {
		t.Errorf("%d rows of %d examples", len(rows), len(times))
	}
	for example, n := range times {
		if example < 90 && n != 1 || example >= 90 && (n < 2 || n > 3) {
			t.Errorf("example %d is there %d times", example, n)
		}
	}
}

// trainedIn trains a run in a new folder and returns it.
func trainedIn(t *testing.T, data *Data, o training.Options) (string, training.Record) {
	t.Helper()
	b, err := OpenBase(o.Checkpoint, libtorch.CPU, libtorch.Float32)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	dir := filepath.Join(t.TempDir(), "run")
	run := NewRun(dir, o)
	record, err := Fit(t.Context(), b, data, run, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, record
}

// A run goes from what another trained, knows what that saw, and refuses what does not fit.
func TestFromARun(t *testing.T) {
	dir, checkpoint := several(t), tinyCheckpoint(t)
	data := dataOf(t, "udpos", dir)
	for _, method := range []string{"prompt", "prefix", "lora", "full", "head"} {
		o := tinyOptions(t, checkpoint, "udpos", method)
		o.Data, o.Language, o.Temperature = dir, "en,de", 2
		before, english := trainedIn(t, data, o)
		if english.Best == nil || english.Training.Examples != 12 || english.Origin != nil {
			t.Fatalf("%s: %+v", method, english)
		}
		o.Language, o.Temperature, o.Shots, o.ShotsIn, o.From = "en", 0, 2, "de", before
		o.LearningRate, o.HeadRate = 1e-30, 1e-30 // so small that the parameters stay
		o, err := Resolve(o)
		if err != nil {
			t.Fatal(err)
		}
		after, shots := trainedIn(t, data, o)
		if steps := o.Epochs; shots.Best.Step != steps { // the dev score is the same at every step
			t.Errorf("%s: the state after step %d of %d is kept", method, shots.Best.Step, steps)
		}
		if shots.Training.Examples != 2 || shots.Origin == nil || shots.Sources() != "de,en" || shots.TrainedIn() != "2 shots of de after en,de" {
			t.Errorf("%s: %+v in %s, %s", method, shots, shots.Sources(), shots.TrainedIn())
		}
		b, err := OpenBase(checkpoint, libtorch.CPU, libtorch.Float32)
		if err != nil {
			t.Fatal(err)
		}
		was, _, err := b.OpenRun(before)
		if err != nil {
			t.Fatal(err)
		}
		is, read, err := b.OpenRun(after)
		if err != nil {
			t.Fatal(err)
		}
		if read.Options.From != before || read.Origin.Options.Data != dir {
			t.Errorf("%s: read from %s, of %s", method, read.Options.From, read.Origin.Options.Data)
		}
		a, z := values(t, was), values(t, is)
		for name := range a {
			if !slices.Equal(a[name], z[name]) {
				t.Errorf("%s: %s is not that of the run before", method, name)
			}
		}
		was.Close()
		is.Close()
		b.Close()

		o.PromptLength, o.LoRAAlpha, o.Method = o.PromptLength*2, o.LoRAAlpha*2, map[string]string{"full": "head", "head": "full"}[method]
		if o.Method == "" {
			o.Method = method
		}
		base, err := OpenBase(checkpoint, libtorch.CPU, libtorch.Float32)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Fit(t.Context(), base, data, NewRun(filepath.Join(t.TempDir(), "run"), o), nil); err == nil || !strings.Contains(err.Error(), "--from "+before) ||
			o.Method == method && !strings.Contains(err.Error(), "and was") {
			t.Errorf("%s: other settings: %v", method, err)
		}
		base.Close()
	}
}

// A run on sampled languages that was stopped ends as one that was not, and the score is the mean over the languages.
func TestSampledRunsResume(t *testing.T) {
	dir, checkpoint := several(t), tinyCheckpoint(t)
	data := dataOf(t, "udpos", dir)
	o := tinyOptions(t, checkpoint, "udpos", "prompt")
	o.Data, o.Language, o.Temperature, o.LearningRate = dir, "en,de", 3, 0.05
	_, whole := trainedIn(t, data, o)

	run, ctx := cutRun(t, data, o)
	again, err := Resume(run)
	if err != nil {
		t.Fatal(err)
	}
	b, err := OpenBase(checkpoint, libtorch.CPU, libtorch.Float32)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	record, err := Fit(ctx, b, data, again, nil)
	again.Close()
	if err != nil || record.BestFile != whole.BestFile || record.Best.Score != whole.Best.Score {
		t.Errorf("resumed: %+v, want %+v (%v)", record.Best, whole.Best, err)
	}
	l, _, err := b.OpenRun(run)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	mean := 0.0
	for _, language := range []string{"en", "de"} {
		part, err := data.Part("dev", language)
		if err != nil {
			t.Fatal(err)
		}
		items, err := l.Items(part.Examples)
		if err != nil {
			t.Fatal(err)
		}
		score, err := l.DevScore(ctx, items, part.Examples)
		if err != nil {
			t.Fatal(err)
		}
		mean += score / 2
	}
	if mean != record.Best.Score {
		t.Errorf("the mean of the dev scores is %v, and %v is recorded", mean, record.Best.Score)
	}
}

// cutRun stops a run after its fourth step.
func cutRun(t *testing.T, data *Data, o training.Options) (string, context.Context) {
	t.Helper()
	b, err := OpenBase(o.Checkpoint, libtorch.CPU, libtorch.Float32)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithCancel(t.Context())
	dir := filepath.Join(t.TempDir(), "run")
	run := NewRun(dir, o)
	_, err = Fit(ctx, b, data, run, func(e training.Event) {
		if step, ok := e.(training.Step); ok && step.Step == 4 {
			cancel()
		}
	})
	run.Close()
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	return dir, t.Context()
}

func TestContradictingSources(t *testing.T) {
	for _, c := range []struct {
		change func(*training.Options)
		want   string
	}{
		{func(o *training.Options) { o.Language = "en,,de" }, "expected a language, or several"},
		{func(o *training.Options) { o.Language = "en,en" }, "expected a language, or several"},
		{func(o *training.Options) { o.Temperature = 2 }, "for several languages"},
		{func(o *training.Options) { o.Language, o.Temperature = "en,de", 0.5 }, "0, or at least 1"},
		{func(o *training.Options) { o.Shots = 2 }, "go together"},
		{func(o *training.Options) { o.ShotsIn = "sw" }, "go together"},
		{func(o *training.Options) { o.Shots, o.ShotsIn, o.Limit = 2, "sw", 3 }, "do not go with it"},
		{func(o *training.Options) { o.Shots, o.ShotsIn, o.Patience = 2, "sw", 3 }, "--patience does not go with it"},
		{func(o *training.Options) { o.Shots, o.ShotsIn = 2, "sw,de" }, "expected one language"},
		{func(o *training.Options) { o.From, o.Reparametrise = "run", 8 }, "--from says where the run starts"},
	} {
		o := training.Defaults()
		o.Checkpoint, o.Task, o.Method, o.Data = "c", "udpos", "prompt", "d"
		c.change(&o)
		if _, err := Resolve(o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want %q", o, err, c.want)
		}
	}
}
