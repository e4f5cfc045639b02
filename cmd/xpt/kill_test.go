package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// runAsXPT makes a process of this test binary xpt itself.
const runAsXPT = "XPT_TEST_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(runAsXPT) != "" {
		main()
	}
	os.Exit(m.Run())
}

func xptProcess(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), runAsXPT+"=1")
	return cmd
}

// kills is how often a command is killed: XPT_KILLS asks for more.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("XPT_KILLS")); err == nil {
		return n
	}
	return 4
}

// killed runs the command, kills it at a random moment of the time that a run without a break took, lets check look at
// what is left, and goes on so until it has been killed often enough; then the same command runs to its end. again
// makes the place new after a run that was faster than its killer.
func killed(t *testing.T, args []string, again, check func()) {
	t.Helper()
	again()
	start := time.Now()
	if out, err := xptProcess(args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	whole := time.Since(start)
	again()
	count := 0
	for range 50 * kills() {
		if count == kills() {
			break
		}
		cmd := xptProcess(args...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(rand.N(whole))
		cmd.Process.Kill()
		err := cmd.Wait()
		switch {
		case err == nil:
			check()
			again()
			continue
		case cmd.ProcessState.ExitCode() >= 0:
			t.Fatalf("after %d kills: %v: %s", count, err, out.String())
		}
		count++
		check()
	}
	if count < kills() {
		t.Fatalf("only %d of %d runs were killed", count, kills())
	}
	if out, err := xptProcess(args...).CombinedOutput(); err != nil {
		t.Fatalf("after %d kills: %v: %s", count, err, out)
	}
	check()
}

// contents are the files below dir with the hashes of their bytes.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		sum := sha256.Sum256(data)
		found[strings.TrimPrefix(name, dir)] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// The target of a conversion that is killed is absent or whole, and nothing is left beside it once it has run to its end.
func TestConvertIsKilled(t *testing.T) {
	dir := t.TempDir()
	source, target := "../../testdata/mini/checkpoint", dir+"/to"
	mustXPT(t, "convert", source, dir+"/want", "--dtype", "float32")
	want := contents(t, dir+"/want")
	if err := os.RemoveAll(dir + "/want"); err != nil {
		t.Fatal(err)
	}
	killed(t, []string{"convert", source, target, "--dtype", "float32"},
		func() { os.RemoveAll(target) },
		func() {
			t.Helper()
			if _, err := os.Stat(target); err == nil {
				if got := contents(t, target); fmt.Sprint(got) != fmt.Sprint(want) {
					t.Fatalf("what is left is not whole: %v, want %v", got, want)
				}
				os.RemoveAll(target)
			}
		})
	mustXPT(t, "convert", source, target, "--dtype", "float32")
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left beside the target: %v %v", left, err)
	}
}

// A file that a killed fetch leaves under its name is whole, and the next one goes on with what had come.
func TestFetchIsKilled(t *testing.T) {
	files := map[string][]byte{"config.json": []byte(`{"model_type": "xglm"}`), "model.safetensors": make([]byte, 4<<20)}
	for i := range files["model.safetensors"] {
		files["model.safetensors"][i] = byte(i * i >> 7)
	}
	var served atomic.Int64
	repository := repository("org/name", files)
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/resolve/") { // a file
			w = slowly{w, &served}
		}
		repository.ServeHTTP(w, r)
	}))
	defer hub.Close()
	dir := t.TempDir()
	t.Setenv("HF_ENDPOINT", hub.URL)
	t.Setenv("HF_HOME", dir)
	t.Setenv("HF_HUB_CACHE", "")
	t.Setenv("HF_HUB_OFFLINE", "")
	t.Setenv("HF_TOKEN", "")
	snapshot := dir + "/hub/models--org--name/snapshots/" + hubCommit
	killed(t, []string{"fetch", "org/name"},
		func() { os.RemoveAll(dir + "/hub") },
		func() {
			t.Helper()
			for name, want := range files {
				got, err := os.ReadFile(snapshot + "/" + name)
				if err == nil && !bytes.Equal(got, want) {
					t.Fatalf("%s has %d bytes that are not those of the hub's %d", name, len(got), len(want))
				}
			}
		})
	if got := contents(t, snapshot); len(got) != len(files) {
		t.Errorf("fetched %v", got)
	}
	served.Store(0)
	mustXPT(t, "fetch", "org/name")
	if n := served.Load(); n != 0 {
		t.Errorf("%d bytes are fetched again", n)
	}
}

// slowly writes so that a download of 4 MB takes a third of a second.
type slowly struct {
	http.ResponseWriter
	served *atomic.Int64
}

func (s slowly) Write(p []byte) (n int, err error) {
	for len(p) > 0 && err == nil {
		var wrote int
		wrote, err = s.ResponseWriter.Write(p[:min(len(p), 32<<10)])
		s.served.Add(int64(wrote))
		n, p = n+wrote, p[wrote:]
		time.Sleep(2 * time.Millisecond)
	}
	return n, err
}
