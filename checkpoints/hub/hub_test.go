package hub

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

// server behaves as the hub does: an API, and files, the large ones by a
// redirect to another host that must not see the token.
type server struct {
	*httptest.Server
	store *httptest.Server
	files map[string]string
	lfs   map[string]bool
	// fault may answer a request in the hub's or the store's place.
	fault    func(w http.ResponseWriter, r *http.Request, n int) bool
	requests []string // "GET /path bytes=..."
	leaked   bool
	noRanges bool
}

func newServer(t *testing.T) *server {
	s := &server{
		files: map[string]string{
			"config.json": `{"model_type": "xglm"}`, "model.safetensors": strings.Repeat("weights ", 1000),
			"pytorch_model.bin": "the same again", "README.md": "hello", "onnx/model.onnx": "no",
		},
		lfs: map[string]bool{"model.safetensors": true, "pytorch_model.bin": true},
	}
	s.store = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.leaked = s.leaked || r.Header.Get("Authorization") != ""
		s.serve(w, r, r.URL.Query().Get("file"))
	}))
	s.Server = httptest.NewServer(http.HandlerFunc(s.handle))
	t.Cleanup(s.Close)
	t.Cleanup(s.store.Close)
	return s
}

func (s *server) handle(w http.ResponseWriter, r *http.Request) {
	file, isFile := strings.CutPrefix(r.URL.Path, "/org/name/resolve/"+commit+"/")
	_, known := s.files[file]
	switch {
	case r.URL.Path == "/api/models/org/name/revision/main" || r.URL.Path == "/api/models/org/name/revision/"+commit:
		s.serve(w, r, "")
	case isFile && known && s.lfs[file]: // another port, for which Go itself would keep the token
		http.Redirect(w, r, s.store.URL+"/?file="+file, http.StatusFound)
	case isFile && known:
		s.serve(w, r, file)
	default:
		w.Header().Set("X-Error-Code", "RepoNotFound")
		w.WriteHeader(http.StatusUnauthorized)
	}
}

func (s *server) serve(w http.ResponseWriter, r *http.Request, file string) {
	s.requests = append(s.requests, strings.TrimSpace(file+" "+r.Header.Get("Range")))
	if s.fault != nil && s.fault(w, r, len(s.requests)) {
		return
	}
	if file == "" {
		json.NewEncoder(w).Encode(s.info())
		return
	}
	if s.noRanges {
		r.Header.Del("Range")
	}
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(s.files[file]))
}

func (s *server) info() map[string]any {
	var siblings []map[string]any
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		text := s.files[name]
		blob := sha1.Sum([]byte(fmt.Sprintf("blob %d\x00%s", len(text), text)))
		entry := map[string]any{"rfilename": name, "size": len(text), "blobId": hex.EncodeToString(blob[:])}
		if s.lfs[name] {
			sum := sha256.Sum256([]byte(text))
			entry["lfs"] = map[string]any{"sha256": hex.EncodeToString(sum[:]), "size": len(text)}
		}
		siblings = append(siblings, entry)
	}
	return map[string]any{"sha": commit, "siblings": siblings}
}

// client fetches from s into a new cache; waits are noted and not waited for.
func (s *server) client(t *testing.T, waits *[]time.Duration) *Client {
	t.Setenv("HF_ENDPOINT", s.URL+"/")
	t.Setenv("HF_HOME", t.TempDir())
	t.Setenv("HF_TOKEN", "secret")
	t.Setenv("HF_HUB_CACHE", "")
	t.Setenv("HF_HUB_OFFLINE", "")
	c, err := NewClient()
	if err != nil {
		t.Fatal(err)
	}
	c.wait = func(d time.Duration) <-chan time.Time {
		if waits != nil {
			*waits = append(*waits, d)
		}
		now := make(chan time.Time, 1)
		now <- time.Time{}
		return now
	}
	return c
}

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

// cut breaks a connection after some bytes of a file.
func cut(w http.ResponseWriter, body string, bytes int) bool {
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.Write([]byte(body[:bytes]))
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// TestFaults puts faults in the way of a fetch.
func TestFaults(t *testing.T) {
	weights := strings.Repeat("weights ", 1000)
	isWeights := func(r *http.Request) bool { return r.URL.Query().Get("file") == "model.safetensors" }
	for name, test := range map[string]struct {
		fault    func(w http.ResponseWriter, r *http.Request, n int) bool
		noRanges bool
		want     string // of the error; empty: it succeeds
		requests int    // for the weights
		wait     time.Duration
	}{
		"cut once": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			return isWeights(r) && r.Header.Get("Range") == "" && cut(w, weights, 3000)
		}, requests: 2},
		"cut, no ranges": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			return isWeights(r) && n < 5 && cut(w, weights, 3000)
		}, noRanges: true, requests: 3},
		"cut always": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			return isWeights(r) && cut(w, weights, 10)
		}, noRanges: true, want: "given up after 6 tries", requests: 7},
		"busy": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			if n > 1 {
				return false
			}
			w.Header().Set("Retry-After", "42")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}, requests: 1, wait: 42 * time.Second},
		"busy for hours": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			w.Header().Set("Retry-After", "7200")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}, want: "asked to wait 2h0m0s"},
		"busy until": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			if !isWeights(r) || r.Header.Get("X-Again") != "" || n > 3 {
				return false
			}
			w.Header().Set("Retry-After", time.Now().Add(90*time.Second).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}, requests: 2, wait: 80 * time.Second},
		"failing once": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			if n == 1 {
				w.WriteHeader(http.StatusBadGateway)
			}
			return n == 1
		}, requests: 1},
		"gated": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			w.Header().Set("X-Error-Code", "GatedRepo")
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}, want: "accept its terms"},
		"private": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}, want: "the token has no right"},
		"damaged once": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			if !isWeights(r) || n > 3 {
				return false
			}
			w.Write([]byte(strings.ToUpper(weights)))
			return true
		}, requests: 2},
		"damaged": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if isWeights(r) {
				w.Write([]byte(strings.ToUpper(weights)))
			}
			return isWeights(r)
		}, want: "its checksum is", requests: 2},
		"too long": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			if isWeights(r) && n <= 3 {
				w.Write([]byte(weights + "more"))
			}
			return isWeights(r) && n <= 3
		}, requests: 2},
		"another range": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if !isWeights(r) || r.Header.Get("Range") == "" {
				return isWeights(r) && cut(w, weights, 3000)
			}
			w.Header().Set("Content-Range", "bytes 5-10/8000")
			w.WriteHeader(http.StatusPartialContent)
			return true
		}, want: "answers with range", requests: 2},
		"not a hub": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			w.Write([]byte(`{}`))
			return true
		}, want: "names no commit"},
		"not JSON": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			w.Write([]byte(`<html>`))
			return true
		}, want: "invalid character"},
		"outside": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			fmt.Fprintf(w, `{"sha": %q, "siblings": [{"rfilename": "../../x", "size": 1, "blobId": %q}]}`, commit, commit)
			return true
		}, want: "no place in a folder"},
		"no hash": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			fmt.Fprintf(w, `{"sha": %q, "siblings": [{"rfilename": "config.json", "size": 1, "blobId": "../x"}]}`, commit)
			return true
		}, want: "gives no hash"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.fault, s.noRanges = test.fault, test.noRanges
			var waits []time.Duration
			c := s.client(t, &waits)
			folder, err := c.Fetch(context.Background(), mustParse(t, "org/name"), []string{"config.json", "model.safetensors"})
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Fatalf("error %v, want one with %q", err, test.want)
			}
			if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\n")) {
				t.Errorf("error %q", err)
			}
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				if data, _ := os.ReadFile(filepath.Join(folder, "model.safetensors")); string(data) != weights {
					t.Error("the weights are not whole")
				}
			} else if _, err := c.Cached(mustParse(t, "org/name")); err == nil {
				t.Error("a failed fetch counts as cached")
			}
			asked := 0
			for _, r := range s.requests {
				if strings.HasPrefix(r, "model.safetensors") {
					asked++
				}
			}
			if asked != test.requests {
				t.Errorf("requests %q: %d for the weights, want %d", s.requests, asked, test.requests)
			}
			if test.wait > 0 && (len(waits) == 0 || waits[0] < test.wait) {
				t.Errorf("waited %v, want %v", waits, test.wait)
			}
		})
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
