package train

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"xpt/checkpoints/hub"
	"xpt/internal/usererror"
	"xpt/training"
	"xpt/xglm"
)

// Locate is the folder of the backbone of the run in dir: the given one, or, where that is empty, the one
// on record, or one that holds the same weights beside the run, in the working folder or its checkpoints/,
// or in the Hugging Face cache. Where weights is false the run has its own, and config.json and tokenizer
// are all that is needed.
func Locate(r training.Record, dir, given string, weights bool) (string, error) {
	fits := func(folder string) error {
		_, err := xglm.LoadConfig(folder)
		if err == nil && weights {
			err = checkBackbone(r, folder)
		}
		return err
	}
	if given != "" {
		folder, err := filepath.Abs(given)
		return folder, usererror.Of(cmp.Or(err, fits(folder)))
	}
	recorded := fits(r.Options.Checkpoint)
	if recorded == nil {
		return r.Options.Checkpoint, nil
	}
	if r.Backbone != "" {
		for _, folder := range likely(r, dir) {
			if _, err := xglm.LoadConfig(folder); err == nil && checkBackbone(r, folder) == nil {
				return folder, nil
			}
		}
	}
	if _, err := os.Stat(r.Options.Checkpoint); err != nil {
		recorded = fmt.Errorf("its checkpoint is no longer at %s", r.Options.Checkpoint)
	}
	return "", usererror.Errorf("run %s: %w; pass --checkpoint DIR", dir, recorded)
}

// likely are folders that the backbone may have moved to, those of its name first.
func likely(r training.Record, dir string) []string {
	folders := []string{r.Paths.Checkpoint}
	above := filepath.Dir(real(dir))
	for _, pattern := range []string{
		filepath.Join(above, "*"), filepath.Join(above, "checkpoints", "*"),
		filepath.Join(filepath.Dir(above), "*"), filepath.Join(filepath.Dir(above), "checkpoints", "*"),
		"*", filepath.Join("checkpoints", "*"),
	} {
		found, _ := filepath.Glob(pattern) // a name with a bracket finds nothing
		folders = append(folders, found...)
	}
	folders = append(folders, hub.Snapshots()...)
	folders = slices.DeleteFunc(folders, func(folder string) bool {
		info, err := os.Stat(filepath.Join(folder, "config.json"))
		return err != nil || !info.Mode().IsRegular()
	})
	name := filepath.Base(r.Options.Checkpoint)
	slices.SortStableFunc(folders, func(a, b string) int {
		return cmp.Compare(different(a, name), different(b, name))
	})
	for i, folder := range folders {
		if whole, err := filepath.Abs(folder); err == nil {
			folders[i] = whole
		}
	}
	return folders
}

func different(folder, name string) int {
	if filepath.Base(folder) == name {
		return 0
	}
	return 1
}

// Checkpoint is the folder of the run's backbone, wherever [Locate] finds it.
func Checkpoint(r training.Record, dir string) (string, error) {
	return Locate(r, dir, "", needsWeights(r))
}

// needsWeights tells whether what the run left is used with its checkpoint's weights.
func needsWeights(r training.Record) bool {
	method, err := LookupMethod(r.Options.Method)
	return err != nil || !method.TrainsBackbone
}

// Move says where checkpoint and data of a run to be resumed lie now, empty where [Locate] or the
// record finds them. Whether the data are the same shows when they are read.
func (r *Run) Move(checkpoint, data string) (err error) {
	if r.Options.Checkpoint, err = Locate(r.Record, r.dir, checkpoint, r.Backbone != ""); err != nil {
		return err
	}
	if data == "" {
		if data, err = r.locateData(); err != nil {
			return err
		}
	}
	r.Options.Data, err = filepath.Abs(data)
	return err
}

func (r *Run) locateData() (string, error) {
	for _, folder := range []string{r.Options.Data, r.Paths.Data} {
		if _, err := os.Stat(folder); err == nil {
			return folder, nil
		}
	}
	return "", usererror.Errorf("run %s: its data are no longer at %s; pass --data DIR", r.dir, r.Options.Data)
}
