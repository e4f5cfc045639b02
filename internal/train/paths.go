package train

import (
	"path/filepath"

	"xpt/training"
)

// portable is the record as it is written to the run in dir.
func portable(r training.Record, dir string) training.Record {
	r.Paths = training.Paths{Checkpoint: r.Options.Checkpoint, Data: r.Options.Data}
	r.Options.Checkpoint, r.Options.Data = relative(dir, r.Options.Checkpoint), relative(dir, r.Options.Data)
	if r.Options.From != "" {
		r.Options.From = relative(dir, r.Options.From)
	}
	if r.Origin != nil {
		origin := portable(*r.Origin, dir)
		r.Origin = &origin
	}
	return r
}

// resolvePaths makes the paths of a record that was read from the run in dir absolute. An earlier xpt wrote them so.
func resolvePaths(r *training.Record, dir string) {
	for _, path := range []*string{&r.Options.Checkpoint, &r.Options.Data, &r.Options.From} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(real(dir), *path)
		}
	}
	if r.Origin != nil {
		resolvePaths(r.Origin, dir)
	}
}

// relative is an absolute path as seen from a folder, itself where that cannot be said.
func relative(dir, path string) string {
	if below, err := filepath.Rel(real(dir), filepath.Join(real(filepath.Dir(path)), filepath.Base(path))); err == nil {
		return below
	}
	return path
}

// real is a folder's absolute path without links, as far as it is there: what .. means does not depend on
// the way by which it was reached.
func real(dir string) string {
	whole, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	if target, err := filepath.EvalSymlinks(whole); err == nil {
		return target
	}
	return whole
}
