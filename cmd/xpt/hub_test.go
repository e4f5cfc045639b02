package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const hubCommit = "0123456789abcdef0123456789abcdef01234567"

// repository answers as the hub does for one model.
func repository(name string, files map[string][]byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, isFile := strings.CutPrefix(r.URL.Path, "/"+name+"/resolve/"+hubCommit+"/")
		switch {
		case isFile && files[file] != nil:
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(files[file]))
			return
		case !strings.HasPrefix(r.URL.Path, "/api/models/"+name+"/"):
			http.NotFound(w, r)
			return
		}
		var siblings []map[string]any
		for name, data := range files {
			sum := sha256.Sum256(data)
			siblings = append(siblings, map[string]any{"rfilename": name, "size": len(data), "lfs": map[string]any{"sha256": hex.EncodeToString(sum[:]), "size": len(data)}})
		}
		json.NewEncoder(w).Encode(map[string]any{"sha": hubCommit, "siblings": siblings})
	})
}

// miniHub has the mini checkpoint under the name of the smallest XGLM, and returns its address.
func miniHub(t *testing.T) string {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range []string{"config.json", "model.safetensors", "sentencepiece.bpe.model"} {
		data, err := os.ReadFile(filepath.Join("../../testdata/mini/checkpoint", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	server := httptest.NewServer(repository("facebook/xglm-564M", files))
	t.Cleanup(server.Close)
	return server.URL
}
