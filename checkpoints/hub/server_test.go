package hub

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
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
