package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// shellBlock is a block of commands in a page; blocks with another word behind the marks are not run here.
var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// Every sh block of README and docs/ is run as it stands, page by page, on the mini checkpoint under the name that the pages use, a
// few sentences of the demo's corpus, and a hub of the test's own.
func TestDocs(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	hub := miniHub(t)
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		var script strings.Builder
		for _, block := range shellBlock.FindAllStringSubmatch(string(text), -1) {
			script.WriteString(block[1])
		}
		if script.Len() == 0 {
			continue
		}
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			dir := desk(t)
			sh := exec.Command("sh", "-eux", "-c", script.String())
			sh.Dir = dir
			sh.Env = append(os.Environ(), "HF_ENDPOINT="+hub, "HF_HOME="+filepath.Join(dir, "hub"), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
			out, err := sh.CombinedOutput()
			if err != nil {
				t.Errorf("%v: %s", err, tail(string(out), 3000))
			}
		})
	}
}

func tail(text string, n int) string { return text[max(0, len(text)-n):] }

// desk is a folder as the pages take it for granted: xpt on the path, and data of three tasks.
func desk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("go", "run", "xpt/internal/minicorpus", filepath.Join(dir, "data")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	err := filepath.WalkDir(filepath.Join(dir, "data"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		separator := "\n" // of rows
		if tagged := strings.Contains(string(text), "\n\n"); tagged {
			separator = "\n\n"
		}
		rows := strings.SplitAfterN(string(text), separator, 41)
		return os.WriteFile(path, []byte(strings.Join(rows[:min(40, len(rows))], "")), 0o666)
	})
	if err != nil {
		t.Fatal(err)
	}
	swahili, err := os.ReadFile(filepath.Join(dir, "data/udpos/test-sw.tsv"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "data/udpos/train-sw.tsv"), swahili, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	shim := "#!/bin/sh\n" + runAsXPT + "=1 exec " + os.Args[0] + " \"$@\"\n"
	if err = os.MkdirAll(filepath.Join(dir, "bin"), 0o777); err == nil {
		err = os.WriteFile(filepath.Join(dir, "bin/xpt"), []byte(shim), 0o777)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// What make dist copies of the repository is there, and with the tests that it compiles it copies all that these read.
func TestDistCopiesFiles(t *testing.T) {
	script, err := os.ReadFile("../../internal/release/dist.sh")
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^ *(?:cp|install) (?:-r )?([\w/. ]+) "\$(?:1|folder)/`).FindAllStringSubmatch(string(script), -1)
	copied := map[string]bool{}
	for _, line := range lines {
		for _, name := range strings.Fields(line[1]) {
			copied[name] = true
			if _, err := os.Stat(filepath.Join("../..", name)); err != nil {
				t.Error(err)
			}
		}
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	compute := regexp.MustCompile(`(?m)^COMPUTE = (.*)$`).FindSubmatch(makefile)
	if !copied["README.md"] || compute == nil {
		t.Fatalf("dist.sh copies %v, and the Makefile's COMPUTE is %q", copied, compute)
	}
	fixture := regexp.MustCompile(`"(?:\.\./)+(testdata/\w+)`)
	for _, pkg := range strings.Fields(string(compute[1])) {
		files, err := filepath.Glob(filepath.Join("../..", strings.TrimPrefix(pkg, "xpt"), "*_test.go"))
		if err != nil || files == nil {
			t.Errorf("%s has no tests: %v", pkg, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range fixture.FindAllStringSubmatch(string(text), -1) {
				if name := m[1]; !copied[name] {
					t.Errorf("%s reads %s, which dist.sh does not copy", file, name)
				}
			}
		}
	}
}
