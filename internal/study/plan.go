package study

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/internal/pretraining"
	"xpt/internal/train"
	"xpt/internal/transfer"
	"xpt/internal/zeroshot"
	"xpt/libtorch"
	"xpt/training"
	"xpt/xglm"
)

// Plan is a study whose cells have been checked against data and checkpoint.
type Plan struct {
	Study
	file        *File
	dir         string
	base        *train.Base
	backbone    string // fingerprint of the checkpoint
	dtype       string
	pretraining pretraining.Table // nil: none
	tasks       map[string]*task
	trials      []job
	jobs        []job
	fewShot     []job
	sentences   *sentences // nil: no distances
	reports     int        // generation of the report's claim when Run began
}

// task describes a task's data.
type task struct {
	datasets.Task
	split     string
	leftOut   []datasets.LeftOut
	languages []string          // evaluated
	digests   map[string]string // of the languages' examples
}

// job is a cell with its settings.
type job struct {
	Cell
	point     string           // of a grid, that the options are of
	options   training.Options // resolved
	training  string           // checksum of the training data, as in the run's record
	languages []string
	key       string
	trials    []job  // that choose its settings, which are those of the first trial until then; nil: the file gives them
	after     *job   // whose run it starts from; nil: the checkpoint
	origin    string // fingerprint of what that run trained, once it is done
	problem   error  // why it cannot be run
}

// sentences are the parallel texts of the distances.
type sentences struct {
	*parallelTexts
	task        string
	cellsOfTask string // task of the cells whose backbones are compared
	key         string
}

// Plan resolves every cell and checks it against data and checkpoint before anything runs. dir is the study's folder. The caller
// closes the plan.
func (f *File) Plan(dir string, dev libtorch.Device, dtype libtorch.DType) (p *Plan, err error) {
	p = &Plan{file: f, dir: dir, dtype: dtype.String(), tasks: map[string]*task{}}
	p.Study = Study{Title: f.Title, Checkpoint: f.Checkpoint, Data: f.Data, Language: f.Language,
		Tasks: f.Tasks, Methods: f.Methods, Pools: f.Pools, Seeds: f.Seeds, EvalLimit: f.EvalLimit}
	checkpoint := f.Weights
	if p.base, err = train.OpenBase(checkpoint, dev, dtype); err != nil {
		return nil, f.at("checkpoint", err)
	}
	config, err := xglm.LoadConfig(checkpoint)
	if err == nil {
		p.backbone, err = xglm.Fingerprint(checkpoint)
	}
	if err != nil {
		return nil, f.at("checkpoint", err)
	}
	if p.pretraining, p.Pretraining, err = f.pretraining(config); err != nil {
		return nil, err
	}
	if _, err := os.Stat(f.resolve(f.Data)); err != nil {
		return nil, f.at("data", err)
	}
	for _, name := range f.Tasks {
		if err := p.add(name); err != nil {
			return nil, err
		}
	}
	isLikelihood := func(c Cell) bool { return c.Method == Likelihood }
	if slices.Contains(f.Methods, Likelihood) && !slices.ContainsFunc(p.Cells, isLikelihood) {
		return nil, f.at("methods", fmt.Errorf("%s: there are templates for %v, and none of them is among the tasks", Likelihood, zeroshot.Tasks))
	}
	if len(p.Cells) == 0 {
		return nil, f.at("tasks", fmt.Errorf("the methods train none of %s: name another, or the method %s", strings.Join(f.Tasks, ", "), Likelihood))
	}
	if err := p.checkLanguages(); err != nil {
		return nil, err
	}
	p.sentences, err = p.chooseSentences()
	return p, err
}

// limit is that of the examples that are evaluated: the same for all cells, so that they are paired.
func (p *Plan) limit() datasets.Limit { return datasets.Limit{N: p.EvalLimit, Seed: p.Seeds[0]} }

// Close frees the backbone.
func (p *Plan) Close() error { return p.base.Close() }

// at adds the file, the line and the key to an error.
func (f *File) at(key string, err error) error {
	return fmt.Errorf("%s:%d: %s: %w", f.document.path, f.lines[key], key, err)
}

// add reads a task's data and makes its cells.
func (p *Plan) add(name string) error {
	f := p.file
	opened, err := datasets.Open(name, f.resolve(f.Data))
	if err != nil {
		return f.at("tasks", err)
	}
	data := train.NewData(opened, f.resolve(f.Data))
	t := &task{Task: opened, digests: map[string]string{}}
	chosen, err := transfer.Choose(opened, data.Dir, f.Split, "all")
	if err != nil {
		return f.at("tasks", err)
	}
	t.split = chosen.Split
	for _, l := range chosen.LeftOut {
		if f.asks(l.Language) {
			t.leftOut = append(t.leftOut, l)
		}
	}
	for _, language := range chosen.Languages {
		if !f.asks(language) {
			continue
		}
		part, err := data.Drawn(t.split, language, p.limit())
		if err != nil {
			return f.at("tasks", err)
		}
		t.languages = append(t.languages, language)
		t.digests[language] = part.Digest
	}
	if t.languages == nil {
		return f.at("languages", fmt.Errorf("none of them has %s data of task %s: there are %v", t.split, name, chosen.Languages))
	}
	p.tasks[name] = t
	before := len(p.jobs)
	trials := map[string][]job{} // by method
	for _, c := range cells(opened, f) {
		if _, ok := trials[c.Method]; !ok {
			if trials[c.Method], err = p.trialsOf(c, data); err != nil {
				return err
			}
		}
		j, err := p.job(c, firstPoint(trials[c.Method]), data)
		if err != nil {
			return err
		}
		j.trials = trials[c.Method]
		p.jobs, p.Cells = append(p.jobs, j), append(p.Cells, c)
		for _, c := range f.fewShot(c) {
			few, err := p.shotsJob(c, j, data)
			if err != nil {
				return err
			}
			p.fewShot, p.FewShot = append(p.fewShot, few), append(p.FewShot, c)
		}
	}
	if len(p.jobs) == before {
		return f.at("tasks", fmt.Errorf("none of the methods %v is for task %s", f.Methods, name))
	}
	return nil
}

// asks tells whether a row of the data, such as de or en_ewt, is among the languages of the study.
func (f *File) asks(row string) bool {
	return f.Languages == nil || slices.ContainsFunc(f.Languages, func(language string) bool { return means(language, row) })
}

// means tells whether a language, or the name of a row itself, means a row of the data.
func means(language, row string) bool {
	code, _ := datasets.Language(row)
	return language == row || language == code
}

// cells are the cells of a task, in the order of tables, without impossible methods: likelihood without a template, training for
// multiple choice.
func cells(t datasets.Task, f *File) (all []Cell) {
	pools := []string{""}
	if t.TagsWords() {
		pools = f.Pools
	}
	for _, method := range f.Methods {
		switch {
		case method == Likelihood && slices.Contains(zeroshot.Tasks, t.Name):
			all = append(all, Cell{Task: t.Name, Method: method})
		case method == Likelihood || !t.Trainable():
		default:
			for _, pool := range pools {
				for _, seed := range f.Seeds {
					all = append(all, Cell{Task: t.Name, Method: method, Pool: pool, Seed: seed})
				}
			}
		}
	}
	return all
}

// trialsOf adds the trials of the grid of c's method on its task, and returns them. They have c's pool, the study's first.
func (p *Plan) trialsOf(c Cell, data *train.Data) (trials []job, err error) {
	if c.Method == Likelihood {
		return nil, nil
	}
	points, err := p.file.grid(c.Task, c.Method)
	for _, point := range points {
		c.Seed, c.Trial = p.file.trialSeed(), point
		j, err := p.job(c, point, data)
		if err != nil {
			return nil, err
		}
		trials, p.Trials = append(trials, j), append(p.Trials, c)
	}
	p.trials = append(p.trials, trials...)
	return trials, err
}

func firstPoint(trials []job) string {
	if trials == nil {
		return ""
	}
	return trials[0].Trial
}

// all are the jobs in the order in which they are run: the trials first.
func (p *Plan) all() []job { return slices.Concat(p.trials, p.jobs, p.fewShot) }

// job resolves a cell at a point of its grid, and checks its training data.
func (p *Plan) job(c Cell, point string, data *train.Data) (j job, err error) {
	f, t := p.file, p.tasks[c.Task]
	j = job{Cell: c, point: point, languages: t.languages}
	if c.Method == Likelihood {
		j.options = training.Options{Checkpoint: f.Weights, Task: c.Task, Method: c.Method, Data: data.Dir, Language: f.Language}
		j.languages = nil
		for _, language := range t.languages {
			if _, err := zeroshot.Lookup(language); err == nil {
				j.languages = append(j.languages, language)
			}
		}
		if j.languages == nil {
			return j, f.at("methods", fmt.Errorf("%s: task %s has no language that there are label words for", Likelihood, c.Task))
		}
	} else {
		at := c
		at.Trial = point
		if j.options, err = f.options(at); err != nil {
			return j, err
		}
		if j.training, err = data.TrainingDigest(j.options); err != nil {
			return j, f.at("data", err)
		}
	}
	if c.Trial != "" { // nothing is evaluated
		j.languages = nil
		j.key = checksum(c, withoutPaths(j.options), p.backbone, p.dtype, j.training, t.Labels)
		return j, nil
	}
	digests := make([]string, len(j.languages))
	for i, language := range j.languages {
		digests[i] = language + " " + t.digests[language]
	}
	j.key = checksum(c, withoutPaths(j.options), p.backbone, p.dtype, j.training, t.Labels, t.split, digests)
	return j, nil
}

// withoutPaths are the settings that a result depends on, without logs; checkpoint and data count by their checksums.
func withoutPaths(o training.Options) training.Options {
	o.Checkpoint, o.Data, o.From, o.Log = "", "", "", ""
	return o
}

// checksum of values, by their JSON.
func checksum(values ...any) string {
	h := sha256.New()
	if err := json.NewEncoder(h).Encode(values); err != nil {
		panic(err) // plain values only
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// checkLanguages refuses a language that no task has.
func (p *Plan) checkLanguages() error {
	for _, language := range p.file.Languages {
		found := false
		for _, t := range p.tasks {
			found = found || slices.ContainsFunc(t.languages, func(row string) bool { return means(language, row) })
		}
		if !found {
			return p.file.at("languages", fmt.Errorf("no task has data in language %q", language))
		}
	}
	return nil
}

// textLimit limits the tokens of a sentence.
const textLimit = 512

// sentencesTask is the task of the parallel texts; empty: no distances.
func (p *Plan) sentencesTask() string {
	switch name := p.file.Distances.Task; name {
	case none:
		return ""
	case "":
		for _, task := range p.Tasks {
			if t := p.tasks[task]; t.Parallel && slices.Contains(t.languages, p.source()) {
				return task
			}
		}
		return ""
	default:
		return name
	}
}

// chooseSentences reads the parallel texts.
func (p *Plan) chooseSentences() (*sentences, error) {
	f, name := p.file, p.sentencesTask()
	if name == "" {
		return nil, nil
	}
	t, err := datasets.Lookup(name)
	if err == nil && !t.Parallel {
		err = fmt.Errorf("the languages of task %s are no translations of one another", name)
	}
	if err != nil {
		return nil, f.at("distances", err)
	}
	data := train.NewData(t, f.resolve(f.Data))
	chosen, err := transfer.Choose(t, data.Dir, f.Split, "all")
	split, have := chosen.Split, chosen.Languages
	if err == nil && !slices.Contains(have, p.source()) {
		err = fmt.Errorf("task %s has no %s data in %s, which the others are compared with", name, split, p.source())
	}
	if err != nil {
		return nil, f.at("distances", err)
	}
	s := &sentences{task: name, cellsOfTask: f.Tasks[0]}
	if slices.Contains(f.Tasks, name) {
		s.cellsOfTask = name
	}
	var parts []*train.Part
	digests := []string{}
	others := slices.DeleteFunc(slices.Clone(have), func(language string) bool { return language == p.source() })
	for _, language := range append([]string{p.source()}, others...) {
		if language != p.source() && !f.asks(language) {
			continue
		}
		part, err := data.Part(split, language)
		if err != nil {
			return nil, f.at("distances", err)
		}
		parts, digests = append(parts, part), append(digests, language+" "+part.Digest)
	}
	if s.parallelTexts, err = newParallelTexts(p.base.Tokenizer, parts, f.Distances.Sentences, textLimit); err != nil {
		return nil, f.at("distances", err)
	}
	s.key = checksum(name, digests, s.sentences, p.backbone, p.dtype)
	return s, nil
}

// wantsDistances tells whether to compute distances under a cell's backbone: one for each method that changes hidden states,
// with the first seed and pool.
func (p *Plan) wantsDistances(c Cell) bool {
	first := Cell{Task: c.Task, Method: c.Method, Seed: p.Seeds[0]}
	if c.Pool != "" {
		first.Pool = p.Pools[0]
	}
	method, _ := train.LookupMethod(c.Method) // likelihood is none
	return p.sentences != nil && c == first && c.Task == p.sentences.cellsOfTask && method.ChangesStates
}

// Shard is a part of the cells, such as 2 of 4.
type Shard struct{ Number, Of int }

// ParseShard parses i/n; "" is 1/1.
func ParseShard(text string) (s Shard, err error) {
	if text == "" {
		return Shard{1, 1}, nil
	}
	var rest string
	if n, _ := fmt.Sscanf(text+" ", "%d/%d%s", &s.Number, &s.Of, &rest); n != 2 || s.Number < 1 || s.Number > s.Of {
		return s, errors.New("expected i/n with i from 1 to n, such as 2/4")
	}
	return s, nil
}

// of returns the indices of the shard's cells. Each method's cells are dealt to the shards in turn, from a different first
// shard, so that every shard gets a mixture of methods, tasks and seeds.
func (s Shard) of(cells []Cell) (mine []int) {
	var methods []string
	dealt := map[string]int{}
	for i, c := range cells {
		m := slices.Index(methods, c.Method)
		if m < 0 {
			m, methods = len(methods), append(methods, c.Method)
		}
		if (m+dealt[c.Method])%s.Of == s.Number-1 {
			mine = append(mine, i)
		}
		dealt[c.Method]++
	}
	return mine
}
