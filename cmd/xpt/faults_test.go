package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/urfave/cli/v2"
)

// faultBench is a folder on which every command can be run, and what each is
// run with: by flag, and by the words of its usage.
type faultBench struct {
	*testing.T
	dir    string
	sample map[string]string
}

func newFaultBench(t *testing.T) faultBench {
	dir := workshop(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HF_HOME", at("hub"))
	t.Setenv("HF_HUB_OFFLINE", "1")
	b := faultBench{t, dir, map[string]string{
		"--checkpoint": at("checkpoint"), "--data": dir, "--task": "udpos", "--method": "head", "--epochs": "1", "--text": at("texts.txt"),
		"--tokenizer": at("checkpoint"), "train --out": at("new-run"), "embed --out": at("new.safetensors"), "bench --out": at("new.md"),
		"SRC": at("checkpoint"), "DST": at("new-folder"), "PATH": at("checkpoint"), "FILE": at("texts.txt"), "RUN": at("run"),
		"FILE.yaml": at("study.yaml"), "data DIR": dir, "report DIR": at("study"), "ORG/NAME": "some/model",
		"score --data": "", "data --task": "", "bench --checkpoint": "",
	}}
	writeFile(t, dir, "texts.txt", "the cat sleeps\n")
	writeFile(t, dir, "study.yaml", "checkpoint: checkpoint\ndata: .\nout: study\ntasks: [udpos]\nmethods: [head]\npretraining: none\nsettings: {epochs: 1}\n")
	mustXPT(t, "study", at("study.yaml"))
	mustXPT(t, b.arguments(trainCommand(), "--out", at("run"))...)
	writeFile(t, dir, "bad/empty", "")
	writeFile(t, dir, "bad/garbage", "\x1b[31m\x00\xff"+strings.Repeat("garbage ", 200)+"\n")
	writeFile(t, dir, "bad/file", "a file\n")
	if err := os.Mkdir(at("bad/folder"), 0o777); err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir, "bad/utf16", "\xff\xfe{\x00}\x00\n\x00")
	for _, pipe := range []string{"bad/pipe", "bad/silent"} { // somebody writes into the first
		if err := syscall.Mkfifo(at(pipe), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// words are those of a command's usage: SRC and DST, or FILE.
func words(cmd *cli.Command) []string {
	usage, _, _ := strings.Cut(cmd.ArgsUsage, " | ")
	return strings.Fields(strings.NewReplacer("[", "", "]", "", "...", "").Replace(usage))
}

// paths are the flags and words of a command that name files or folders.
func paths(cmd *cli.Command) (names []string) {
	for _, flag := range cmd.Flags {
		if f, ok := flag.(*cli.StringFlag); ok && f.TakesFile {
			names = append(names, "--"+f.Name)
		}
	}
	return append(names, words(cmd)...)
}

// arguments are a command line that works, but for the value of one flag or word.
func (b faultBench) arguments(cmd *cli.Command, name, value string) []string {
	value = strings.ReplaceAll(value, "%", b.dir)
	given := func(what string) string {
		if what == name {
			return value
		}
		if own, ok := b.sample[cmd.Name+" "+what]; ok {
			return own
		}
		return b.sample[what]
	}
	args := []string{cmd.Name}
	for _, flag := range cmd.Flags {
		what := "--" + flag.Names()[0]
		if v := given(what); (v != "" || what == name) && !(what == "--text" && name == "--ids") {
			args = append(args, what+"="+v)
		}
	}
	for _, what := range words(cmd) {
		args = append(args, given(what))
	}
	return args
}

// feed is the other end of a pipe, which writes nothing into it.
func feed(path string) (stop func()) {
	stopped, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			if f, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
				f.Close()
			}
			select {
			case <-stopped:
				return
			default:
			}
		}
	}()
	return func() {
		close(stopped)
		for {
			if f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
				defer f.Close()
			}
			select {
			case <-ended:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}
}

// run runs a command line with one thing wrong, and wants it to end with one
// line and nothing changed, or, where it can go on, with nothing destroyed.
func (b faultBench) run(ctx context.Context, args []string, allowed ...int) {
	b.Helper()
	before := tree(b.T, b.dir)
	var stdout, stderr bytes.Buffer
	ended := make(chan int)
	go func() { ended <- run(ctx, append([]string{"xpt"}, args...), &stdout, &stderr) }()
	var status int
	select {
	case status = <-ended:
	case <-time.After(2 * time.Minute):
		b.Fatalf("%q hangs", args)
	}
	after := tree(b.T, b.dir)
	if !slices.Contains(allowed, status) {
		b.Errorf("%q: status %d: %s", args, status, &stderr)
	}
	lines := strings.Split(strings.TrimSuffix(stderr.String(), "\n"), "\n")
	if told := strings.Count("\n"+stderr.String(), "\nxpt: "); status != 0 && (told != 1 || !strings.HasPrefix(lines[len(lines)-1], "xpt: ")) {
		b.Errorf("%q: status %d, and told is %q", args, status, &stderr)
	}
	for _, line := range lines {
		if len([]rune(line)) > longestMessage+len("xpt: ") || printable(line) != line {
			b.Errorf("%q: a line of %d characters is told: %q", args, len(line), line)
		}
	}
	for _, path := range changes(before, after) {
		_, old := before[path]
		switch {
		case status != 0:
			b.Errorf("%q: status %d, and %s is left or changed", args, status, path)
		case old && before[path] != "" || strings.HasPrefix(path, "gone: ") && before[path[len("gone: "):]] != "":
			b.Errorf("%q: %s is not what it was", args, path)
		case old:
			if err := os.Truncate(path, 0); err != nil {
				b.Fatal(err)
			}
		}
	}
	for path := range after {
		if _, old := before[path]; !old {
			if err := os.RemoveAll(path); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// Whatever path of whatever command is wrong, one line says so, the status is
// the user's, nothing hangs, and nothing is destroyed or left behind.
func TestEveryCommandWithWrongPaths(t *testing.T) {
	b := newFaultBench(t)
	hole := writeFile(t, t.TempDir(), "hole", "")
	if err := os.Truncate(hole, 1<<40); err != nil { // a terabyte of nothing
		t.Fatal(err)
	}
	stop := feed(filepath.Join(b.dir, "bad/pipe"))
	defer stop()
	for _, command := range commands {
		for _, name := range paths(command()) {
			for _, value := range []string{"", "%/bad/empty", "%/bad/garbage", "%/bad/file", "%/bad/folder", "%/bad/none", "%/bad/file/below", "%/bad/pipe", "%/bad/silent", "%/bad/utf16", hole, "/dev/null", "/dev/full", "/dev/zero"} {
				ctx, cancel := context.WithCancel(context.Background())
				if command().Name == "bench" { // one that goes on takes long
					cancel()
				}
				allowed := []int{0, userError}
				if ctx.Err() != nil {
					allowed = append(allowed, failed)
				}
				if value == "" {
					allowed = allowed[1:]
				}
				b.run(ctx, b.arguments(command(), name, value), allowed...)
				cancel()
			}
		}
	}
}

// A command with nothing, with something it does not know, or with too much.
func TestEveryCommandWithWrongWords(t *testing.T) {
	b := newFaultBench(t)
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, command := range commands {
		cmd := command()
		switch cmd.Name {
		case "doctor":
			b.run(canceled, []string{cmd.Name}, 0)
		case "bench":
			b.run(canceled, []string{cmd.Name}, failed)
		default:
			b.run(canceled, []string{cmd.Name}, userError)
		}
		b.run(canceled, []string{cmd.Name, "--no-such-flag"}, userError)
		b.run(canceled, []string{cmd.Name, "--json=perhaps"}, userError)
		b.run(context.Background(), append(b.arguments(cmd, "", ""), filepath.Join(b.dir, "bad", "none")), userError)
	}
	b.run(canceled, []string{"no-such-command"}, userError)
	b.run(canceled, []string{"--no-such-flag"}, userError)
}

// Help is for all, and is a failure where it does not get out.
func TestEveryCommandHasHelp(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	for _, command := range commands {
		name := command().Name
		if stdout, stderr, status := invoke(t, name, "--help"); status != 0 || stderr != "" || !strings.Contains(stdout, "xpt "+name) {
			t.Errorf("%s --help: status %d: %s%s", name, status, stdout, stderr)
		}
		var stderr bytes.Buffer
		if status := run(context.Background(), []string{"xpt", name, "--help"}, full, &stderr); status != failed || stderr.String() != "xpt: standard output: no space left on device\n" {
			t.Errorf("%s --help on a full disk: status %d: %s", name, status, &stderr)
		}
	}
}

// asNobody is set in the process that has given up root's rights.
const asNobody = "XPT_TEST_AS_NOBODY"

// Paths that may not be read or written. Root may read and write all, so for
// it the test runs in a process of its own, as nobody.
func TestEveryCommandWithoutPermission(t *testing.T) {
	const nobody = 65534
	if os.Geteuid() == 0 && os.Getenv(asNobody) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), asNobody+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	b := newFaultBench(t)
	locked, readOnly := filepath.Join(b.dir, "bad", "locked"), filepath.Join(b.dir, "bad", "read-only")
	writeFile(t, b.dir, "bad/no-rights", "text\n")
	for _, folder := range []string{locked, readOnly} {
		if err := os.Mkdir(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(folder, 0o777)
	}
	if os.Getenv(asNobody) != "" {
		for _, root := range []string{b.dir, filepath.Dir(b.dir)} {
			if err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
				if err != nil {
					return err
				}
				return os.Lchown(path, nobody, nobody)
			}); err != nil {
				t.Fatal(err)
			}
		}
		for _, err := range []error{syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody)} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for path, mode := range map[string]os.FileMode{locked: 0, readOnly: 0o555, filepath.Join(b.dir, "bad", "no-rights"): 0} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, command := range commands {
		for _, name := range paths(command()) {
			for _, value := range []string{"%/bad/no-rights", "%/bad/locked", "%/bad/locked/below", "%/bad/read-only/below"} {
				if command().Name == "fetch" {
					continue // a name, no path
				}
				ctx := context.Background()
				if command().Name == "bench" {
					ctx = canceled
				}
				b.run(ctx, b.arguments(command(), name, value), userError)
			}
		}
	}
}
