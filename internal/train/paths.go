package train

import "path/filepath"

// Paths are where a run's checkpoint and data lay when its record was written. Its options have them as
// seen from the run's folder there, so that they are found when one folder that holds all of it moves;
// these are for when only the run moves.
type Paths struct {
	Checkpoint string `json:"checkpoint,omitempty"`
	Data       string `json:"data,omitempty"`
}

// portable is the record as it is written to the run in dir.
func (r Record) portable(dir string) Record {
	r.Paths = Paths{r.Options.Checkpoint, r.Options.Data}
	r.Options.Checkpoint, r.Options.Data = relative(dir, r.Options.Checkpoint), relative(dir, r.Options.Data)
	return r
}

// resolve makes the paths of a record that was read from the run in dir absolute. An earlier xpt wrote them so.
func (r *Record) resolve(dir string) {
	for _, path := range []*string{&r.Options.Checkpoint, &r.Options.Data} {
		if !filepath.IsAbs(*path) {
			*path = filepath.Join(real(dir), *path)
		}
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
