package datasets

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"xpt/internal/usererror"
)

//go:embed starter
var starter embed.FS

// WriteStarter writes a folder of small examples of the user's own data, in every form, with a README.md about them. It
// returns the files, and refuses a folder that has any.
func WriteStarter(dir string) (files []string, err error) {
	if dir == "" {
		return nil, usererror.New("name the folder to write")
	}
	if there, err := os.ReadDir(dir); err == nil && len(there) > 0 {
		return nil, usererror.Errorf("%s has files already: name a new folder", dir)
	}
	from, err := fs.Sub(starter, "starter")
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, filepath.Join(dir, filepath.FromSlash(name)))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	return files, os.CopyFS(dir, from)
}
