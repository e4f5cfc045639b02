package fit

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"xpt/internal/caches"
	"xpt/internal/setup"
)

//go:embed *.go smoke.go.txt
var source embed.FS

// inputs are the inputs of a fitted copy of gotch.
type inputs struct {
	gotch    module
	torch    setup.Torch
	compiler compiler
	platform string   // GOOS/GOARCH
	called   []string // operations of the copy; nil: all
	native   native   // xpt's C++
	fitter   string   // hash of this program's source
}

// key is a hash of the inputs.
func (in inputs) key() string {
	t := in.torch
	t.Why = "" // irrelevant
	sum := sha256.Sum256(fmt.Appendf(nil, "%q\n%+v\n%q\n%q\n%s\n%s\n%s\n",
		in.gotch, t, in.compiler, in.called, in.platform, in.native.hash(), in.fitter))
	return hex.EncodeToString(sum[:8])
}

func sourceHash() (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(source, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := source.ReadFile(name)
		fmt.Fprintf(hash, "%s %d\n%s", name, len(text), text)
		return err
	})
	return hex.EncodeToString(hash.Sum(nil)), err
}

// cacheFolder is the folder of fitted copies: the user's cache, shared by all modules, or a folder in repo if that is read-only.
func cacheFolder(repo string) (string, error) {
	if dir, err := caches.Folder(); err == nil {
		if os.MkdirAll(dir, 0o755) == nil && writable(dir) {
			return dir, nil
		}
	}
	dir := filepath.Join(repo, ".libtorch", "cache")
	return dir, os.MkdirAll(dir, 0o755)
}

func writable(dir string) bool {
	f, err := os.CreateTemp(dir, ".probe-")
	if err != nil {
		return false
	}
	f.Close()
	os.Remove(f.Name())
	return true
}
