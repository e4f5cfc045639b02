// Package caches finds what earlier versions of xpt, or clones that are gone, left in the user's cache.
package caches

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

// users is the file of a fitted copy of gotch that lists the go.work files that were written to use it, one a line.
const users = ".users"

// Use notes that a go.work uses a copy of gotch.
func Use(copied, work string) error {
	name := filepath.Join(copied, users)
	list, err := os.ReadFile(name)
	if err == nil && slices.Contains(strings.Split(string(list), "\n"), work) {
		return nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = f.WriteString(work + "\n")
	return errors.Join(err, f.Close())
}

// Entry is a file or a folder that nothing uses any more, or that is soon made again.
type Entry struct {
	Path  string `json:"path"`
	What  string `json:"what"`
	Bytes int64  `json:"bytes"`
}

// Folder is xpt's folder in the user's cache.
func Folder() (string, error) {
	cache, err := os.UserCacheDir()
	return filepath.Join(cache, "xpt"), err
}

var (
	copyName  = regexp.MustCompile(`^gotch-[0-9a-f]{16}$`)
	restName  = regexp.MustCompile(`^(gotch-[0-9a-f]{16})\.(tmp|lock)$`)
	torchName = regexp.MustCompile(`^\d+\.\d+\.\d+$`)
)

// Unused lists what in folder, and of downloaded libtorchs beside the running one, nothing uses. libtorch is the folder of
// libraries of the running one, version its release. Names that xpt does not give are passed over.
func Unused(folder, libtorch, version string) ([]Entry, error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var found []Entry
	add := func(path, what string) { found = append(found, Entry{path, what, size(path)}) }
	kept := "" // the linked folders of the copies that are used
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		switch rest := restName.FindStringSubmatch(e.Name()); {
		case rest == nil && held(path+".lock"), rest != nil && held(filepath.Join(folder, rest[1]+".lock")): // by a set-up
		case copyName.MatchString(e.Name()) && used(path):
			links, _ := os.ReadFile(filepath.Join(path, "libtch", "lib.go"))
			kept += string(links)
		case copyName.MatchString(e.Name()):
			add(path, "a copy of gotch that no clone is known to use; make setup makes one again")
		case rest != nil && !used(filepath.Join(folder, rest[1])):
			add(path, "what is left of a copy of gotch")
		case e.Name() == "bench":
			add(path, "random weights, which xpt bench makes again")
		}
	}
	products, _ := filepath.Glob(filepath.Join(folder, "products", "*-libtorch-*.txt"))
	for _, path := range products {
		if !strings.HasSuffix(path, "-libtorch-"+version+".txt") {
			add(path, "the fastest products with another libtorch")
		}
	}
	for _, path := range downloaded(folder, libtorch) {
		if !strings.HasPrefix(libtorch, path+"/") && !strings.Contains(kept, path+"/") {
			add(path, "a downloaded libtorch that no copy of gotch is fitted to")
		}
	}
	return found, nil
}

// used tells whether a go.work that was written to use a copy of gotch still names it.
func used(copied string) bool {
	list, _ := os.ReadFile(filepath.Join(copied, users))
	return slices.ContainsFunc(strings.Split(strings.TrimSpace(string(list)), "\n"), func(work string) bool {
		text, err := os.ReadFile(work)
		return err == nil && strings.Contains(string(text), copied)
	})
}

// downloaded are the libtorchs that set-ups downloaded for importers, and into the clone that the running one lies in.
func downloaded(folder, libtorch string) (paths []string) {
	parents := []string{filepath.Join(folder, "libtorch")}
	for dir := libtorch; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if filepath.Base(dir) == ".libtorch" {
			parents = append(parents, dir)
		}
	}
	for _, parent := range parents {
		entries, _ := os.ReadDir(parent)
		for _, e := range entries {
			if torchName.MatchString(e.Name()) {
				paths = append(paths, filepath.Join(parent, e.Name()))
			}
		}
	}
	return paths
}

// held tells whether a process has locked a file.
func held(lock string) bool {
	f, err := os.Open(lock)
	if err != nil {
		return false
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}

// size is the number of bytes of the files at or below a path.
func size(path string) (bytes int64) {
	filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				bytes += info.Size()
			}
		}
		return nil
	})
	return bytes
}

// Remove removes the entries.
func Remove(entries []Entry) error {
	for _, e := range entries {
		if err := os.RemoveAll(e.Path); err != nil {
			return err
		}
	}
	return nil
}
