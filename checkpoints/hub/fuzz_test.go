package hub

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzInfo holds that no answer of a hub leads out of the cache.
func FuzzInfo(f *testing.F) {
	f.Add([]byte(fmt.Sprintf(`{"sha": %q, "siblings": [{"rfilename": "a/config.json", "size": 1, "blobId": %q}]}`, commit, commit)))
	f.Add([]byte(fmt.Sprintf(`{"sha": %q, "siblings": [{"rfilename": "../../x", "lfs": {"sha256": "../x", "size": -1}}]}`, commit)))
	f.Add([]byte(`<html>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		snap, err := parseInfo(data)
		if err != nil {
			return
		}
		c := &Client{Cache: "/cache"}
		repo := Repo{ID: "org/name"}
		for _, file := range snap.files {
			for _, path := range []string{c.blobPath(repo, file), filepath.Join("/cache/models--org--name/snapshots", snap.commit, filepath.FromSlash(file.path))} {
				if !strings.HasPrefix(path, "/cache/models--org--name/") || strings.ContainsRune(path, 0) || file.size < 0 {
					t.Fatalf("%+v lies at %q", file, path)
				}
			}
		}
	})
}
