package checkpoints

import "slices"

// Inspection describes a checkpoint.
type Inspection struct {
	Path       string   `json:"path"`
	Files      []string `json:"files"`
	Tensors    []Info   `json:"tensors"`    // without those left out
	Parameters int64    `json:"parameters"` // elements, without an LM head that equals the embedding
	Bytes      int64    `json:"bytes"`
	Ignored    []string `json:"ignored,omitempty"`
	Differences
}

// Inspect opens a checkpoint and compares it with the config's shapes; nil compares nothing.
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
	tied, err := c.headIsEmbedding()
	if err != nil {
		return nil, err
	}
	for _, name := range c.names {
		if report.isLeftOut(name) {
			continue
		}
		info, err := c.Info(name)
		if err != nil {
			return nil, err
		}
		report.Tensors = append(report.Tensors, info)
		if !slices.Contains(report.Files, info.File) {
			report.Files = append(report.Files, info.File)
		}
		if tied && name == LMHead {
			continue
		}
		report.Bytes += int64(info.Bytes)
		report.Parameters += int64(info.Bytes / info.DType.Size())
	}
	slices.Sort(report.Files)
	return report, nil
}

// AdapterInspection describes an adapter.
type AdapterInspection struct {
	Path       string        `json:"path"`
	Config     AdapterConfig `json:"config"`
	Tensors    []Info        `json:"tensors"`
	Parameters int64         `json:"parameters"`
	Unknown    []string      `json:"unknown_fields,omitempty"`
}

// InspectAdapter describes an adapter.
func InspectAdapter(folder string) (*AdapterInspection, error) {
	a, err := ReadAdapter(folder)
	if err != nil {
		return nil, err
	}
	report := &AdapterInspection{Path: folder, Config: a.Config, Unknown: a.Unknown}
	for _, t := range a.Tensors() {
		info := Info{Name: t.Name, DType: t.DType, Shape: t.Shape, Bytes: len(t.Data), Source: t.Name}
		report.Tensors = append(report.Tensors, info)
		report.Parameters += int64(t.Elements())
	}
	return report, nil
}
