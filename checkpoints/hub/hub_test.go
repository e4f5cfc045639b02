package hub

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func mustParse(t *testing.T, id string) Repo {
	t.Helper()
	repo, err := ParseRepo(id, "")
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

// TestFetchLayout fetches a model and looks at the cache as Hugging Face's
// tools would.
func TestFetchLayout(t *testing.T) {
	s := newServer(t)
	c := s.client(t, nil)
	var done, total int64
	c.Progress = func(d, n int64) { done, total = d, n }
	folder, err := c.Fetch(context.Background(), mustParse(t, "org/name"), nil)
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(os.Getenv("HF_HOME"), "hub", "models--org--name")
	if folder != filepath.Join(root, "snapshots", commit) {
		t.Errorf("folder %s", folder)
	}
	var names []string
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		names = append(names, e.Name())
		data, _ := os.ReadFile(filepath.Join(folder, e.Name()))
		if string(data) != s.files[e.Name()] {
			t.Errorf("%s has other contents", e.Name())
		}
		if link, err := os.Readlink(filepath.Join(folder, e.Name())); err != nil || !strings.HasPrefix(link, "../../blobs/") {
			t.Errorf("%s links to %s, %v", e.Name(), link, err)
		}
	}
	if !slices.Equal(names, []string{"config.json", "model.safetensors"}) {
		t.Errorf("fetched %q", names)
	}
	if ref, _ := os.ReadFile(filepath.Join(root, "refs/main")); string(ref) != commit {
		t.Errorf("refs/main is %q", ref)
	}
	if size := int64(len(s.files["config.json"]) + len(s.files["model.safetensors"])); done != size || total != size {
		t.Errorf("progress %d of %d, want %d", done, total, size)
	}
	if s.leaked {
		t.Error("the token was sent to another host")
	}
	before := len(s.requests)
	c.Offline = true
	if again, err := c.Fetch(context.Background(), mustParse(t, "org/name"), nil); err != nil || again != folder || len(s.requests) != before {
		t.Errorf("offline: %s, %v, %d requests", again, err, len(s.requests)-before)
	}
	c.Offline = false
	if _, err := c.Fetch(context.Background(), mustParse(t, "org/name"), nil); err != nil || len(s.requests) != before+1 {
		t.Errorf("a second fetch: %v, %d requests, want one for the description", err, len(s.requests)-before)
	}
	if _, err := c.Fetch(context.Background(), mustParse(t, "org/name"), []string{"*.md", "onnx/*"}); err != nil {
		t.Error(err)
	}
	if data, _ := os.ReadFile(filepath.Join(folder, "onnx/model.onnx")); string(data) != "no" {
		t.Errorf("onnx/model.onnx holds %q", data)
	}
}

func TestOfflineWithoutCache(t *testing.T) {
	c := newServer(t).client(t, nil)
	c.Offline = true
	if _, err := c.Fetch(context.Background(), mustParse(t, "org/name"), nil); err == nil || !strings.Contains(err.Error(), "not in the cache") {
		t.Errorf("error %v", err)
	}
}

// TestResumesAfterInterruption stops a fetch in the middle, and starts a new
// one, which asks for the rest only.
func TestResumesAfterInterruption(t *testing.T) {
	s := newServer(t)
	c := s.client(t, nil)
	ctx, cancel := context.WithCancel(context.Background())
	s.fault = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.URL.Query().Get("file") != "model.safetensors" {
			return false
		}
		w.Header().Set("Content-Length", "8000")
		w.Write([]byte(s.files["model.safetensors"][:3000]))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	}
	c.Progress = func(done, total int64) {
		if done >= 3000 {
			cancel()
		}
	}
	if _, err := c.Fetch(ctx, mustParse(t, "org/name"), nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	s.fault, s.requests, c.Progress = nil, nil, nil
	if _, err := c.Fetch(context.Background(), mustParse(t, "org/name"), nil); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(s.requests, "model.safetensors bytes=3000-") {
		t.Errorf("requests %q", s.requests)
	}
}

func TestUnknownRepo(t *testing.T) {
	s := newServer(t)
	c := s.client(t, nil)
	c.Token = ""
	if _, err := c.Fetch(context.Background(), mustParse(t, "org/other"), nil); err == nil || !strings.Contains(err.Error(), "needs HF_TOKEN") {
		t.Errorf("error %v", err)
	}
	for _, text := range []string{"", "a/b/c", "../x", "a b", "-x", "a/..", "org/name?x"} {
		if _, err := ParseRepo(text, ""); err == nil {
			t.Errorf("%q passes for a repository", text)
		}
	}
	for _, revision := range []string{"../x", "/x", "a?b", "a b"} {
		if _, err := ParseRepo("org/name", revision); err == nil {
			t.Errorf("%q passes for a revision", revision)
		}
	}
}

func TestDataset(t *testing.T) {
	repo := mustParse(t, "datasets/org/name")
	if repo.folderName() != "datasets--org--name" {
		t.Error(repo.folderName())
	}
	c := &Client{Endpoint: "https://host"}
	if got := c.address(repo, commit, "a b/ü.parquet"); got != "https://host/datasets/org/name/resolve/"+commit+"/a%20b/%C3%BC.parquet" {
		t.Error(got)
	}
}
