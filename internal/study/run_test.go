package study

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"xpt/internal/train"
	"xpt/libtorch"
)

// small is a study of a few steps a cell on the mini checkpoint.
const small = `title: Small
checkpoint: CHECKPOINT
data: data
tasks: [udpos, xnli]
methods: [full, prompt, likelihood]
pools: [last, first]
seeds: [7]
pretraining: xglm
settings:
  steps: 4
  batch-size: 2
  save-every: 1
  methods:
    prompt: {prompt-length: 3, learning-rate: 1e-1}
  tasks:
    xnli:
      max-length: 64
`

const settingsOfXNLI = "  tasks:\n    xnli:\n      max-length: 64\n"

// workshop is a folder with data and a study file.
func workshop(t *testing.T, text string) string {
	t.Helper()
	checkpoint, err := filepath.Abs("../../testdata/mini/checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	pairs := "The house is big.\tThe house is small.\tcontradiction\nA dog sleeps.\tAn animal sleeps.\tentailment\nThe cat eats.\tThe man is old.\tneutral\n"
	dir := t.TempDir()
	for name, text := range map[string]string{
		"study.yaml":              strings.ReplaceAll(text, "CHECKPOINT", checkpoint),
		"data/udpos/train-en.tsv": "the\tDET\ncat\tNOUN\nsleeps\tVERB\n.\tPUNCT\n\na\tDET\ndog\tNOUN\neats\tVERB\n\nthe\tDET\nhouse\tNOUN\n",
		"data/udpos/dev-en.tsv":   "a\tDET\ncat\tNOUN\neats\tVERB\n",
		"data/udpos/test-en.tsv":  "the\tDET\ndog\tNOUN\nsleeps\tVERB\n",
		"data/udpos/test-de.tsv":  "der\tDET\nHund\tNOUN\nschläft\tVERB\n\ndie\tDET\nKatze\tNOUN\n",
		"data/xnli/train-en.tsv":  pairs, "data/xnli/dev-en.tsv": pairs, "data/xnli/test-en.tsv": pairs,
		"data/xnli/test-de.tsv": "Das Haus ist groß.\tDas Haus ist klein.\tcontradiction\nEin Hund schläft.\tEin Tier schläft.\tentailment\nDie Katze isst.\tDer Mann ist alt.\tneutral\n",
		"data/xnli/test-el.tsv": "Το σπίτι είναι μεγάλο.\tΤο σπίτι είναι μικρό.\tcontradiction\nΟ σκύλος κοιμάται.\tΤο ζώο κοιμάται.\tentailment\nΗ γάτα τρώει.\tΟ άντρας είναι γέρος.\tneutral\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func plan(t *testing.T, dir, out string) *Plan {
	t.Helper()
	f, err := ReadFile(filepath.Join(dir, "study.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Plan(filepath.Join(dir, out), libtorch.CPU, libtorch.Float32)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

var all = Shard{1, 1}

// silent is a listener that only collects how cells end.
func silent(t *testing.T, ends map[string]End) Listener {
	return Listener{
		Warn:  func(line string) { t.Log(line) },
		Waits: func(line string) { t.Log(line) },
		Began: func(Cell) {},
		At:    func(string, int, int) {},
		Ended: func(c Cell, end End, _ Outcome) { ends[c.Name()] = end },
	}
}

// run runs a shard to its end and says how cells ended.
func run(t *testing.T, p *Plan, s Shard) map[string]End {
	t.Helper()
	ends := map[string]End{}
	if err := p.Run(context.Background(), s, silent(t, ends)); err != nil {
		t.Fatal(err)
	}
	return ends
}

// outcomes are the cells of a folder without times and memory, by name.
func outcomes(t *testing.T, dir string) map[string]Outcome {
	t.Helper()
	list, err := ReadOutcomes(dir)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]Outcome{}
	for _, o := range list {
		o.Seconds, o.Ended, o.Record.Seconds, o.Record.PeakBytes, o.Record.Started = 0, time.Time{}, 0, 0, time.Time{}
		if o.Record.Best != nil {
			o.Record.Best.Seconds = 0
		}
		byName[o.Name()] = o
	}
	return byName
}

func same(t *testing.T, what string, got, want map[string]Outcome) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d cells, want %d", what, len(got), len(want))
	}
	for name, w := range want {
		if g := got[name]; !reflect.DeepEqual(g, w) {
			a, _ := json.Marshal(g)
			b, _ := json.Marshal(w)
			t.Errorf("%s: cell %s is\n%s, want\n%s", what, name, a, b)
		}
	}
}

// tree is a folder's files with their contents, without locks and claims.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.IsDir() && e.Name() == claimsDir {
			return filepath.SkipDir
		}
		if err != nil || e.IsDir() || strings.HasSuffix(path, "lock") {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files[rel] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestStudy(t *testing.T) {
	dir := workshop(t, small)
	out := filepath.Join(dir, "out")
	ends := run(t, plan(t, dir, "out"), all)
	want := []string{"udpos-full-first-7", "udpos-full-last-7", "udpos-prompt-first-7", "udpos-prompt-last-7", "xnli-full-7", "xnli-likelihood", "xnli-prompt-7"}
	got := outcomes(t, out)
	for _, name := range want {
		if o := got[name]; ends[name] != EndedDone || o.Status != Done || o.Split != "test" || o.Record.Backbone == "" || len(o.Languages) < 2 {
			t.Errorf("cell %s ended as %q: %+v", name, ends[name], o)
		}
	}
	if len(ends) != len(want) || len(got) != len(want) {
		t.Errorf("cells %v", ends)
	}
	s, err := Read(out)
	if err != nil || s.Title != "Small" || len(s.Cells) != len(want) || s.Pretraining != "xglm" {
		t.Errorf("study %+v, %v", s, err)
	}
	for _, l := range got["udpos-prompt-last-7"].Languages {
		sum := 0
		for _, c := range l.ByExample {
			sum += c.Gold
		}
		if len(l.ByExample) != l.Examples || sum == 0 || l.Digest == "" {
			t.Errorf("language %s: counts %v of %d examples, digest %q", l.Code, l.ByExample, l.Examples, l.Digest)
		}
	}
	if a, b := got["xnli-full-7"].Languages[1], got["xnli-likelihood"].Languages[1]; a.Digest != b.Digest || a.Code != b.Code {
		t.Errorf("results of the same data are not paired: %q and %q", a.Digest, b.Digest)
	}
	if first, last := got["udpos-full-first-7"].Record.Options, got["udpos-full-last-7"].Record.Options; first.Pool != "first" || last.Pool != "last" || last.Steps != 4 {
		t.Errorf("options %+v and %+v", first, last)
	}
	if o := got["xnli-prompt-7"].Record.Options; o.MaxLength != 64 || o.PromptLength != 3 || o.LearningRate != 0.1 || o.Seed != 7 {
		t.Errorf("options %+v", o)
	}

	properties, err := ReadProperties(out)
	if err != nil || len(properties) != 2 || properties[0].Task != "udpos" || properties[0].Languages[0].Fertility < 1 ||
		properties[1].Languages[1].ParallelRatio <= 0 || properties[1].Languages[1].Pairs != 3 || properties[1].Languages[1].Tier != "high" {
		t.Errorf("properties %+v, %v", properties, err)
	}
	distances, err := ReadDistances(out)
	var under []string
	for _, d := range distances {
		under = append(under, d.Backbone)
		if d.Task != "xnli" || d.Sentences != 3 || len(d.Languages) != 3 || d.Languages[0].Language != "en" || d.Languages[0].Cosine > 1e-9 ||
			!(d.Languages[1].Cosine > 1e-3) || len(d.Languages[1].Mean) != 2 {
			t.Errorf("distances %+v", d)
		}
	}
	if err != nil || !slices.Equal(under, []string{"frozen", "xnli-full-7", "xnli-prompt-7"}) {
		t.Errorf("distances under %v, %v", under, err)
	}
	files := tree(t, out)
	if tags := files["predictions/udpos-full-last-7/test-de.tsv"]; strings.Count(tags, "\n") != 6 {
		t.Errorf("predictions %q", tags)
	}
	if files["runs/xnli-full-7/best.safetensors"] == "" || files["runs/xnli-full-7/state.safetensors"] != "" {
		t.Error("a finished run keeps its weights, and no state")
	}

	// Again: nothing is run, nothing is written.
	for name, end := range run(t, plan(t, dir, "out"), all) {
		if end != EndedBefore {
			t.Errorf("the second time cell %s ended as %q", name, end)
		}
	}
	if !reflect.DeepEqual(tree(t, out), files) {
		t.Error("the second time a file changed")
	}

	// Another setting: the cells that it concerns run again, the others not.
	text := contents(t, filepath.Join(dir, "study.yaml"))
	write(t, filepath.Join(dir, "study.yaml"), strings.Replace(text, "max-length: 64", "max-length: 65", 1))
	for name, end := range run(t, plan(t, dir, "out"), all) {
		want := EndedBefore
		if strings.HasPrefix(name, "xnli-") && name != "xnli-likelihood" {
			want = EndedDone
		}
		if end != want {
			t.Errorf("with another length of xnli, cell %s ended as %q, want %q", name, end, want)
		}
	}
}

// A study may train on another language than English: its texts are then what
// translations are held against.
func TestPropertiesAreOfTheTrainedLanguage(t *testing.T) {
	dir := workshop(t, strings.NewReplacer(settingsOfXNLI, "", "[udpos, xnli]", "[xnli]\nlanguage: de", "[full, prompt, likelihood]", "[head]", "    prompt: {prompt-length: 3, learning-rate: 1e-1}\n", "    head: {}\n").Replace(small))
	for _, split := range []string{"train", "dev"} {
		write(t, filepath.Join(dir, "data/xnli/"+split+"-de.tsv"), contents(t, filepath.Join(dir, "data/xnli/test-de.tsv")))
	}
	if err := plan(t, dir, "out").begin(); err != nil {
		t.Fatal(err)
	}
	r := &runner{Plan: plan(t, dir, "out"), listen: silent(t, map[string]End{})}
	if err := r.analyse(context.Background()); err != nil {
		t.Fatal(err)
	}
	properties, err := ReadProperties(filepath.Join(dir, "out"))
	if err != nil || len(properties) != 1 {
		t.Fatalf("properties %+v, %v", properties, err)
	}
	for _, l := range properties[0].Languages {
		if (l.Language == "de") != (l.ParallelRatio == 1) || l.Pairs != 3 {
			t.Errorf("%s has %v sub-tokens for one of the trained language's, by %d pairs", l.Language, l.ParallelRatio, l.Pairs)
		}
	}
	distances, err := ReadDistances(filepath.Join(dir, "out"))
	if err != nil || len(distances) != 1 || distances[0].Languages[0].Language != "de" || distances[0].Languages[0].Cosine > 1e-9 {
		t.Errorf("distances %+v, %v, want them from de", distances, err)
	}
}

// A cell is evaluated again where only the tests changed, and trained again
// where what it trains on did.
func TestChangedData(t *testing.T) {
	dir := workshop(t, strings.NewReplacer(settingsOfXNLI, "", "[udpos, xnli]", "[udpos]", ", likelihood", "", "[last, first]", "[last]").Replace(small))
	var warned []string
	trained := func() bool {
		steps := 0
		warned = nil
		listen := silent(t, map[string]End{})
		listen.Warn = func(line string) { warned = append(warned, line) }
		listen.At = func(what string, _, _ int) {
			if what == "trains" {
				steps++
			}
		}
		if err := plan(t, dir, "out").Run(context.Background(), all, listen); err != nil {
			t.Fatal(err)
		}
		return steps > 0
	}
	if !trained() || trained() {
		t.Error("a study trains once")
	}
	if warned != nil {
		t.Errorf("warned of %q where nothing is replaced", warned)
	}
	write(t, filepath.Join(dir, "data/udpos/test-de.tsv"), "die\tDET\nKatze\tNOUN\n")
	if trained() {
		t.Error("cells are trained again since a test changed")
	}
	if len(warned) != 1 || !strings.Contains(warned[0], "2 of 2 cells done with other settings") || !strings.HasSuffix(warned[0], "udpos-full-last-7, udpos-prompt-last-7") {
		t.Errorf("warned of %q, want one line with the cells that are replaced", warned)
	}
	if o := outcomes(t, filepath.Join(dir, "out"))["udpos-full-last-7"]; o.Languages[1].Examples != 1 {
		t.Errorf("the changed test was not taken: %+v", o.Languages[1])
	}
	write(t, filepath.Join(dir, "data/udpos/dev-en.tsv"), "the\tDET\ncat\tNOUN\nsleeps\tVERB\n")
	if !trained() {
		t.Error("cells are not trained again though the dev examples changed")
	}
}

// What a broken copy left is named, with what to do about it.
func TestDamagedFiles(t *testing.T) {
	dir := workshop(t, strings.NewReplacer(settingsOfXNLI, "", "[udpos, xnli]", "[udpos]", "[full, prompt, likelihood]", "[prompt]", "[last, first]", "[last]").Replace(small))
	run(t, plan(t, dir, "out"), all)
	cell, folder := filepath.Join(dir, "out/cells/udpos-prompt-last-7.json"), filepath.Join(dir, "out/runs/udpos-prompt-last-7")
	study := contents(t, filepath.Join(dir, "out", studyFile))
	write(t, filepath.Join(dir, "out", studyFile), study[:len(study)/2])
	if _, err := Read(filepath.Join(dir, "out")); err == nil || !strings.Contains(err.Error(), "cut short") || !strings.Contains(err.Error(), "xpt study writes it again") {
		t.Errorf("a description cut short: %v", err)
	}
	run(t, plan(t, dir, "out"), all)
	if contents(t, filepath.Join(dir, "out", studyFile)) != study {
		t.Error("a description cut short is not written again")
	}
	write(t, cell, contents(t, cell)[:40])
	err := plan(t, dir, "out").Run(context.Background(), all, silent(t, map[string]End{}))
	if err == nil || !strings.Contains(err.Error(), cell+" is damaged") || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("a cut outcome: %v", err)
	}
	if err := os.Remove(cell); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "run.json"), "{")
	if err := plan(t, dir, "out").Run(context.Background(), all, silent(t, map[string]End{})); !errors.Is(err, ErrFailed) {
		t.Errorf("a cut run: %v", err)
	}
	if o := outcomes(t, filepath.Join(dir, "out"))["udpos-prompt-last-7"]; !strings.Contains(o.Error, "remove "+folder) {
		t.Errorf("a cut run: %q", o.Error)
	}
}

func contents(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// A study that is cut, between cells, in a training and in an evaluation, ends
// with the outcomes of one that was not.
func TestCutStudyEndsAsAnUncutOne(t *testing.T) {
	dir := workshop(t, strings.Replace(small, "pools: [last, first]\n", "", 1))
	run(t, plan(t, dir, "whole"), all)
	want := outcomes(t, filepath.Join(dir, "whole"))
	for _, cut := range []struct {
		cell, at string
		done     int
	}{{"udpos-prompt-last-7", "", 0}, {"udpos-prompt-last-7", "trains", 2}, {"xnli-full-7", "trains", 3}, {"xnli-full-7", "evaluates de", 0}, {"xnli-likelihood", "scores en", 3}} {
		ctx, cancel := context.WithCancel(context.Background())
		current, reached := "", false
		first := map[string]int{} // step that a cell's training began with
		listen := silent(t, map[string]End{})
		listen.Began = func(c Cell) {
			if current = c.Name(); current == cut.cell && cut.at == "" {
				cancel()
			}
		}
		listen.At = func(what string, done, of int) {
			if what == "trains" && first[current] == 0 {
				first[current] = done
			}
			if current == cut.cell && what == cut.at && done == cut.done {
				reached = true
				cancel()
			}
		}
		err := plan(t, dir, "cut").Run(ctx, all, listen)
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "the same command goes on") || !reached && cut.at != "" {
			t.Fatalf("cut at %+v: %v", cut, err)
		}
		if cut.cell == "xnli-full-7" && cut.at == "trains" && first["udpos-prompt-last-7"] != 3 || cut.at == "evaluates de" && first["xnli-full-7"] != 4 ||
			cut.at == "scores en" && first["xnli-full-7"] != 0 {
			t.Errorf("cut at %+v: trainings began with the steps %v, and do not go on where they were cut", cut, first)
		}
		if _, err := os.Stat(filepath.Join(dir, "cut", cellsDir, cut.cell+".json")); err == nil {
			t.Errorf("cut at %+v: the cell has an outcome", cut)
		}
	}
	// As if killed while a run's folder was made.
	orphan := filepath.Join(dir, "cut", runsDir, "xnli-prompt-7")
	if err := os.MkdirAll(orphan, 0o777); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(orphan, "lock"), "")
	write(t, filepath.Join(orphan, "metrics.jsonl"), "{}\n")
	run(t, plan(t, dir, "cut"), all)
	same(t, "cut", outcomes(t, filepath.Join(dir, "cut")), want)
	for _, name := range []string{"runs/udpos-prompt-last-7/best.safetensors", "runs/xnli-full-7/best.safetensors", "analyses/distances/xnli-full-7.json", "study.json"} {
		if contents(t, filepath.Join(dir, "cut", name)) != contents(t, filepath.Join(dir, "whole", name)) {
			t.Errorf("%s differs", name)
		}
	}
}

// Two shards, each in its own folder, copied into one another are the study.
func TestShardsMerge(t *testing.T) {
	dir := workshop(t, strings.Replace(small, "pools: [last, first]\n", "", 1))
	run(t, plan(t, dir, "whole"), all)
	one, two := run(t, plan(t, dir, "one"), Shard{1, 2}), run(t, plan(t, dir, "two"), Shard{2, 2})
	if len(one) != 3 || len(two) != 2 {
		t.Errorf("shards of %d and %d cells", len(one), len(two))
	}
	if err := os.CopyFS(filepath.Join(dir, "merged"), os.DirFS(filepath.Join(dir, "one"))); err != nil {
		t.Fatal(err)
	}
	for name, text := range tree(t, filepath.Join(dir, "two")) {
		path := filepath.Join(dir, "merged", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		write(t, path, text)
	}
	same(t, "merged", outcomes(t, filepath.Join(dir, "merged")), outcomes(t, filepath.Join(dir, "whole")))
	merged, whole := tree(t, filepath.Join(dir, "merged")), tree(t, filepath.Join(dir, "whole"))
	for name := range whole {
		if merged[name] == "" {
			t.Errorf("%s is missing", name)
		}
		if (strings.HasPrefix(name, "analyses") || strings.HasPrefix(name, "predictions") || name == studyFile) && merged[name] != whole[name] {
			t.Errorf("%s differs", name)
		}
	}
	for name, end := range run(t, plan(t, dir, "merged"), all) {
		if end != EndedBefore {
			t.Errorf("merged, cell %s ended as %q", name, end)
		}
	}
}

func TestAFailingCellLeavesTheOthers(t *testing.T) {
	dir := workshop(t, strings.NewReplacer(settingsOfXNLI, "", "[udpos, xnli]", "[udpos]\nkeep: prompts", ", likelihood", "").Replace(small))
	dir2 := filepath.Join(dir, "out", runsDir, "udpos-full-last-7")
	p := plan(t, dir, "out")
	if err := p.begin(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir2, 0o777); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir2, "notes.txt"), "mine")
	ends := map[string]End{}
	err := p.Run(context.Background(), all, silent(t, ends))
	if !errors.Is(err, ErrFailed) || !strings.Contains(err.Error(), "1 of 4 cells failed") {
		t.Errorf("error %v", err)
	}
	o := outcomes(t, filepath.Join(dir, "out"))["udpos-full-last-7"]
	if o.Status != Failed || !strings.Contains(o.Error, "is not empty") || ends["udpos-prompt-last-7"] != EndedDone {
		t.Errorf("ends %v, outcome %+v", ends, o)
	}
	if err := os.RemoveAll(dir2); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the weights are gone then, and not missed
		ends = run(t, p, all)
	}
	if ends["udpos-full-last-7"] != EndedBefore || train.HasWeights(dir2) {
		t.Errorf("ends %v; weights of a full cell are kept: %v", ends, train.HasWeights(dir2))
	}
	if o := outcomes(t, filepath.Join(dir, "out"))["udpos-full-last-7"]; o.Status != Done || o.Error != "" {
		t.Errorf("a failed cell is not tried again: %+v", o)
	}
	if !train.HasWeights(filepath.Join(dir, "out", runsDir, "udpos-prompt-last-7")) {
		t.Error("a prompt's weights are gone")
	}
}

// Every shard has as good as the same number of each method's cells, each cell
// in one shard.
func TestShardsAreMixtures(t *testing.T) {
	var cells []Cell
	for _, task := range []string{"xnli", "pawsx", "udpos", "panx"} {
		for _, method := range []string{"full", "prompt", "prefix", "head"} {
			for seed := range uint64(3) {
				cells = append(cells, Cell{Task: task, Method: method, Seed: seed})
			}
		}
	}
	for n := 1; n <= 8; n++ {
		seen := map[int]bool{}
		for i := 1; i <= n; i++ {
			count := map[string]int{}
			tasks := map[string]bool{}
			for _, k := range (Shard{i, n}).of(cells) {
				seen[k] = true
				count[cells[k].Method]++
				tasks[cells[k].Task] = true
			}
			for method, c := range count {
				if c < 12/n || c > (12+n-1)/n {
					t.Errorf("shard %d/%d has %d cells of %s", i, n, c, method)
				}
			}
			if len(tasks) < min(4, 12/n) {
				t.Errorf("shard %d/%d has the tasks %v", i, n, tasks)
			}
		}
		if len(seen) != len(cells) {
			t.Errorf("%d shards have %d of %d cells", n, len(seen), len(cells))
		}
	}
	for _, text := range []string{"0/2", "3/2", "1", "1/2/3", "a/b", "1/2x"} {
		if s, err := ParseShard(text); err == nil {
			t.Errorf("shard %q is %v", text, s)
		}
	}
	if s, err := ParseShard("2/3"); err != nil || s != (Shard{2, 3}) {
		t.Errorf("shard 2/3 is %v, %v", s, err)
	}
}
