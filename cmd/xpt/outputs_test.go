package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeFile writes a file below dir, and gives its path.
func writeFile(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// tree is all that lies below dir and may be read: a file's text, another's
// kind.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			text, err := os.ReadFile(path)
			all[path] = string(text)
			if !errors.Is(err, os.ErrPermission) {
				return err
			}
			return nil
		}
		all[path] = entry.Type().String()
		if errors.Is(err, os.ErrPermission) {
			return filepath.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// changes lists what differs between two trees.
func changes(before, after map[string]string) (names []string) {
	for path, text := range after {
		if was, ok := before[path]; !ok || was != text {
			names = append(names, path)
		}
	}
	for path := range before {
		if _, ok := after[path]; !ok {
			names = append(names, "gone: "+path)
		}
	}
	return names
}

// No command writes over what it reads, or over what is somebody else's.
func TestNothingIsWrittenOver(t *testing.T) {
	dir := workshop(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	ids := writeFile(t, dir, "ids.jsonl", `{"id": "a", "input_ids": [2, 5]}`+"\n")
	writeFile(t, dir, "notes.txt", "notes of some length")
	writeFile(t, dir, "runs/metrics/metrics.jsonl", "mine\n")
	writeFile(t, dir, "own/study.json", "checkpoint: ../checkpoint\ndata: ..\nout: .\ntasks: [udpos]\nmethods: [head]\n")
	writeFile(t, dir, "predictions/udpos/test-en.tsv", "no label\n")
	if err := os.Symlink("ids.jsonl", at("link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(at("checkpoint/model.safetensors"), at("hard.safetensors")); err != nil {
		t.Fatal(err)
	}
	train := []string{"train", "--checkpoint", at("checkpoint"), "--task", "udpos", "--data", dir, "--method", "head", "--epochs", "1"}
	for _, run := range []string{"runs/udpos", "runs/other/udpos"} {
		mustXPT(t, append(train, "--out", at(run))...)
	}
	embed := func(out string) []string {
		return []string{"embed", "--checkpoint", at("checkpoint"), "--ids", ids, "--out", out}
	}
	before := tree(t, dir)
	for _, c := range []struct {
		want string
		args []string
	}{
		{"this command reads", embed(ids)},
		{"this command reads", embed(at("link"))},
		{"xpt embed did not write it", embed(at("hard.safetensors"))},
		{"xpt embed did not write it", embed(at("checkpoint/model.safetensors"))},
		{"xpt embed did not write it", embed(at("notes.txt"))},
		{"is a device or a pipe", embed("/dev/null")},
		{"is a device or a pipe", embed("/dev/full")},
		{"is a folder", embed(at("runs"))},
		{"there is no folder", embed(at("none/out.safetensors"))},
		{"--out is empty", embed("")},
		{"holds no predictions of task udpos", []string{"eval", at("runs/udpos"), "--data", dir, "--predictions", dir}},
		{"holds no predictions of task udpos", []string{"eval", at("runs/udpos"), "--data", dir, "--predictions", at("predictions")}},
		{"two runs are named udpos", []string{"eval", at("runs/udpos"), at("runs/other/udpos"), "--data", dir, "--predictions", at("new")}},
		{"language en is there twice", []string{"eval", at("runs/udpos"), "--data", dir, "--languages", "en,de,en"}},
		{"is not empty", append(train, "--out", at("runs/metrics"))},
		{"is no folder", append(train, "--out", at("notes.txt"))},
		{"holds no study", []string{"study", at("own/study.json")}},
		{"exists", []string{"convert", at("checkpoint"), at("notes.txt")}},
		{"exists", []string{"convert", at("checkpoint"), at("link")}},
		{"an argument is empty", []string{"convert", at("checkpoint"), ""}},
		{"name a folder beside it", []string{"convert", at("checkpoint"), at("checkpoint/new/deep")}},
		{"exists", []string{"convert", at("checkpoint"), "/dev/.."}},
		{"is a device or a pipe", []string{"bench", "--out", "/dev/null"}},
		{"no lines", []string{"bench", "--out", at("notes.txt")}},
	} {
		_, stderr, status := invoke(t, c.args...)
		if status != userError || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: status %d: %s, want one line with %q", c.args, status, stderr, c.want)
		}
		after := tree(t, dir)
		if diff := changes(before, after); diff != nil {
			t.Errorf("%v: changed %v", c.args, diff)
			before = after
		}
	}
	if info, err := os.Stat("/dev/null"); err != nil || info.Mode().IsRegular() {
		t.Errorf("/dev/null is %v, %v", info.Mode(), err)
	}
	// What it wrote itself a command writes again.
	for range 2 {
		mustXPT(t, embed(at("out.safetensors"))...)
		mustXPT(t, "eval", at("runs/udpos"), "--data", dir, "--predictions", at("again"))
	}
}

// Where standard output goes into the file that is read, nothing is read.
func TestStandardOutputIsNoInput(t *testing.T) {
	dir := t.TempDir()
	path := writeFile(t, dir, "texts.txt", "one\n")
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	stdout := os.Stdout
	os.Stdout = file
	defer func() { os.Stdout = stdout }()
	stdin, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	was := os.Stdin
	os.Stdin = stdin
	defer func() { os.Stdin = was }()
	for _, args := range [][]string{{"tokenize", "--rule", "spm", path}, {"tokenize", "--rule", "spm"}, {"score", "--checkpoint", filepath.Join(workshop(t), "checkpoint"), "--text", "-"}} {
		if _, stderr, status := invoke(t, append(args, "--tokenizer", unpackedTokenizer(t))...); status != userError || !strings.Contains(stderr, "standard output goes too") {
			t.Errorf("%v: status %d: %s", args, status, stderr)
		}
	}
}

// Nor may it go into any other file that a command reads.
func TestStandardOutputIsNoFileThatIsRead(t *testing.T) {
	dir := workshop(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	texts := writeFile(t, dir, "texts.txt", "the cat\n")
	yaml := writeFile(t, dir, "study.yaml", "checkpoint: checkpoint\ndata: .\nout: study\ntasks: [udpos]\nmethods: [head]\npretraining: none\nsettings: {epochs: 1}\n")
	mustXPT(t, "study", yaml)
	run := at("study/runs/udpos-head-last-1")
	score := []string{"score", "--checkpoint", at("checkpoint"), "--text", texts}
	predict := []string{"predict", run, "--text", texts}
	stdout := os.Stdout
	defer func() { os.Stdout = stdout }()
	for _, c := range []struct {
		file string
		args []string
	}{
		{"udpos/test-de.tsv", []string{"data", dir}},
		{"udpos/test-de.tsv", []string{"data", at("udpos")}},
		{"udpos/test-de.tsv", []string{"eval", run, "--data", dir}},
		{"udpos/train-en.tsv", []string{"train", "--checkpoint", at("checkpoint"), "--task", "udpos", "--method", "head", "--data", dir, "--out", at("new")}},
		{"study/runs/udpos-head-last-1/run.json", []string{"eval", run, "--data", dir}},
		{"study/runs/udpos-head-last-1/best.safetensors", []string{"eval", run, "--data", dir}},
		{"study/runs/udpos-head-last-1/best.safetensors", predict},
		{"checkpoint/model.safetensors", predict},
		{"checkpoint/sentencepiece.bpe.model", []string{"tokenize", "--tokenizer", at("checkpoint"), texts}},
		{"checkpoint/config.json", score},
		{"checkpoint/model.safetensors", score},
		{"checkpoint/model.safetensors", []string{"inspect", at("checkpoint")}},
		{"checkpoint/sentencepiece.bpe.model", []string{"generate", "--checkpoint", at("checkpoint"), "--text", texts}},
		{"study.yaml", []string{"study", yaml}},
		{"study/study.json", []string{"report", at("study")}},
		{"study/cells/udpos-head-last-1.json", []string{"report", at("study")}},
	} {
		file, err := os.OpenFile(at(c.file), os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		os.Stdout = file
		out, stderr, status := invoke(t, c.args...)
		os.Stdout = stdout
		file.Close()
		if status != userError || out != "" || !strings.Contains(stderr, "standard output goes too") || strings.Count("\n"+stderr, "\nxpt: ") != 1 {
			t.Errorf("%v, to %s: status %d: %s%s", c.args, c.file, status, out, stderr)
		}
	}
}

// Where training never began nothing stays behind, and the same command works
// once its data are fixed.
func TestAFailedBeginningLeavesNothing(t *testing.T) {
	dir := workshop(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	train := []string{"train", "--checkpoint", at("checkpoint"), "--task", "udpos", "--data", dir, "--method", "head", "--epochs", "1", "--out", at("new/folders/run")}
	const labelled, unlabelled = "the\tDET\ncat\tNOUN\n\na\tDET\n", "the\ncat\n\na\n"
	for _, c := range []struct{ want, train, dev string }{
		{"none of the 2 training examples has a label", unlabelled, labelled},
		{"none of the 2 dev examples has a label", labelled, unlabelled},
	} {
		writeFile(t, dir, "udpos/train-en.tsv", c.train)
		writeFile(t, dir, "udpos/dev-en.tsv", c.dev)
		before := tree(t, dir)
		_, stderr, status := invoke(t, train...)
		if status != userError || !strings.Contains(stderr, c.want) {
			t.Errorf("status %d: %s, want %q", status, stderr, c.want)
		}
		if diff := changes(before, tree(t, dir)); diff != nil {
			t.Errorf("left %v", diff)
		}
	}
	writeFile(t, dir, "udpos/train-en.tsv", labelled)
	writeFile(t, dir, "udpos/dev-en.tsv", labelled)
	mustXPT(t, train...)
}
