package checkpoints

import (
	"slices"
)

// Inspection is what a checkpoint holds, without reading a tensor.
type Inspection struct {
	Path       string   `json:"path"`
	Files      []string `json:"files"`
	Tensors    []Info   `json:"tensors"`
	Parameters int64    `json:"parameters"` // elements, one that two names share counted once
	Bytes      int64    `json:"bytes"`
	Ignored    []string `json:"ignored,omitempty"`
	Differences
}

// Inspect opens a checkpoint and compares it with the shapes that its config
// asks for; nil compares nothing.
func Inspect(path string, expected map[string][]int) (*Inspection, error) {
	c, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.Inspect(expected)
}

// Inspect describes an open checkpoint.
func (c *Checkpoint) Inspect(expected map[string][]int) (*Inspection, error) {
	report := &Inspection{Path: c.path, Ignored: c.ignored, Differences: c.Compare(expected)}
	counted := map[*byte]bool{}
	for _, name := range c.names {
		info, err := c.Info(name)
		if err != nil {
			return nil, err
		}
		report.Tensors = append(report.Tensors, info)
		if !slices.Contains(report.Files, info.File) {
			report.Files = append(report.Files, info.File)
		}
		stored := c.entries[name].stored
		if len(stored) > 0 && counted[&stored[0]] {
			continue
		}
		if len(stored) > 0 {
			counted[&stored[0]] = true
		}
		report.Bytes += int64(info.Bytes)
		report.Parameters += int64(info.Bytes / info.DType.Size())
	}
	slices.Sort(report.Files)
	return report, nil
}
