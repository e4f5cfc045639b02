package hub

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xpt/internal/usererror"
)

func TestNamed(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("runs/facebook", 0o777); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"facebook/xglm-564M": true, "facebook/xglm-564M/": true, "facebook/xglm//": false, "runs/facebook": false, "runs/gone": false, "xglm-564M": false, "./facebook/x": false,
		"/facebook/x": false, "a/b/c": false, "datasets/org/name": false, "org/": false, "..": false, "": false,
	} {
		if repo, got := Named(name); got != want || want && repo.ID != strings.TrimSuffix(name, "/") {
			t.Errorf("%q: %v %+v, want %v", name, got, repo, want)
		}
	}
}

// Find asks the hub once, and not again where the cache has the weights.
func TestFind(t *testing.T) {
	s := newServer(t)
	c := s.client(t, nil)
	repo := mustParse(t, "org/name")
	folder, err := c.Find(t.Context(), repo)
	if err != nil {
		t.Fatal(err)
	}
	asked := len(s.requests)
	if again, err := c.Find(t.Context(), repo); err != nil || again != folder || len(s.requests) != asked {
		t.Errorf("%s, error %v, %d requests more", again, err, len(s.requests)-asked)
	}
	if err := os.Remove(filepath.Join(folder, "model.safetensors")); err != nil { // as after a tool that wanted the tokenizer only
		t.Fatal(err)
	}
	if again, err := c.Find(t.Context(), repo); err != nil || again != folder || !hasWeights(folder) {
		t.Errorf("%s, error %v, weights %v", again, err, hasWeights(folder))
	}
	c.Offline = true
	if _, err := c.Find(t.Context(), mustParse(t, "org/other")); !errors.As(err, new(*usererror.Error)) || !strings.Contains(err.Error(), "no folder of that name is here: org/other (revision main) is not in the cache") {
		t.Errorf("error %v", err)
	}
}
