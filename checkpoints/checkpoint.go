package checkpoints

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"xpt/internal/regular"
	"xpt/internal/usererror"
)

// Checkpoint holds the tensors of a file, or of a folder's files, by name. It is safe for concurrent use until Close.
type Checkpoint struct {
	path    string
	entries map[string]*entry // by canonical name
	names   []string          // sorted
	ignored []string          // sorted, as in the file
	files   []*mapping
	closed  bool
}

// entry is a tensor and its name in the file.
type entry struct {
	view
	source string
}

// patterns are the files of a folder's weights, in HF's order of preference.
var patterns = []string{
	"model.safetensors",
	"model.safetensors.index.json",
	"pytorch_model.bin",
	"pytorch_model.bin.index.json",
}

// Open opens a checkpoint: a folder in HF's layout, or one file of any format, including an index of checkpoint shards. It
// reads only headers and pickles. Names of XGLM's backbone become canonical, with the prefix "model.". A checkpoint with
// lm_head.weight but no embedding has the tensor under both names, because XGLM ties them.
func Open(path string) (*Checkpoint, error) {
	file, err := find(path, patterns)
	if err != nil {
		return nil, err
	}
	c := &Checkpoint{path: path, entries: map[string]*entry{}}
	if strings.HasSuffix(file, ".index.json") {
		err = c.addShards(file)
	} else {
		err = c.addFile(file, nil)
	}
	if err == nil {
		err = c.canonicalise()
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// OpenFile opens one file of any format, with its tensors' names unchanged.
func OpenFile(path string) (*Checkpoint, error) {
	c := &Checkpoint{path: path, entries: map[string]*entry{}}
	if err := c.addFile(path, nil); err != nil {
		c.Close()
		return nil, err
	}
	c.names = slices.Sorted(maps.Keys(c.entries))
	return c, nil
}

// find returns path if it is a file, else the first of the patterns in the folder.
func find(path string, patterns []string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return path, nil
	}
	for _, name := range patterns {
		file := filepath.Join(path, name)
		if there, err := regular.Exists(file); there || err != nil {
			return file, err
		}
	}
	if below := AdapterBelow(path); below != "" {
		return "", usererror.Errorf("%s: no weights found; the adapter is in its sub-folder: name %s", path, below)
	}
	return "", usererror.Errorf("%s: no weights found; looked for %s", path, strings.Join(patterns, ", "))
}

// addFile adds the tensors of a file; keep, unless nil, selects them by name.
func (c *Checkpoint) addFile(path string, keep map[string]bool) error {
	m, err := mapFile(path)
	if err != nil {
		return err
	}
	c.files = append(c.files, m)
	views, err := parse(m.data)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for name, view := range views {
		if keep != nil && !keep[name] {
			continue
		}
		view.file = m
		c.entries[name] = &entry{view: view, source: name}
	}
	return nil
}

// parse detects a file's format by its first bytes. Safetensors comes first: its length may look like the start of a pickle,
// but only safetensors has a brace as the ninth byte.
func parse(data []byte) (map[string]view, error) {
	switch {
	case len(data) >= 9 && data[8] == '{':
		return parseSafetensors(data)
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return parseTorchZip(data)
	case len(data) >= 2 && data[0] == opProto && data[1] <= 5:
		return parseTorchLegacy(data)
	case bytes.HasPrefix(data, []byte("version https://git-lfs")):
		return nil, errors.New("a Git LFS pointer, not the file itself: fetch the file with git lfs pull")
	case len(data) == 0:
		return nil, errors.New("the file is empty")
	case data[0] == '<':
		return nil, errors.New("a web page, not weights: the address was that of a page about the file, or of an error")
	default:
		return nil, errors.New("neither safetensors nor a file of torch.save")
	}
}

// canonicalise makes the names canonical.
func (c *Checkpoint) canonicalise() error {
	prefix := wrapperPrefix(slices.Sorted(maps.Keys(c.entries)))
	renamed := make(map[string]*entry, len(c.entries))
	for source, e := range c.entries {
		name := canonicalName(source, prefix)
		if strings.HasPrefix(name, oldPositions) {
			c.ignored = append(c.ignored, source)
			continue
		}
		if other := renamed[name]; other != nil {
			return fmt.Errorf("%s: %q and %q are both %s", c.path, other.source, source, name)
		}
		renamed[name] = e
	}
	if head := renamed[LMHead]; head != nil && renamed[EmbedTokens] == nil {
		renamed[EmbedTokens] = head
	}
	c.entries, c.names = renamed, slices.Sorted(maps.Keys(renamed))
	slices.Sort(c.ignored)
	return nil
}

// Names lists the tensors, sorted.
func (c *Checkpoint) Names() []string { return c.names }

// Ignored lists the files' names of tensors that are not in Names because XGLM computes them: the old table of positions.
func (c *Checkpoint) Ignored() []string { return c.ignored }

// Has tells whether the checkpoint holds a tensor.
func (c *Checkpoint) Has(name string) bool { return c.entries[name] != nil }

// Tensor returns a tensor by its canonical name. Its Data is part of the mapped file, or a copy if the file has it strided or
// misaligned.
func (c *Checkpoint) Tensor(name string) (Tensor, error) {
	e, err := c.entry(name)
	if err != nil {
		return Tensor{}, err
	}
	return Tensor{Name: name, DType: e.dtype, Shape: slices.Clone(e.shape), Data: e.bytes()}, nil
}

// Release drops a tensor's pages from this process's memory, for callers that have copied them; touching them reads them
// again.
func (c *Checkpoint) Release(name string) {
	if e := c.entries[name]; e != nil && !c.closed {
		e.file.release(e.stored)
	}
}

// Info describes a tensor.
type Info struct {
	Name   string `json:"name"`
	DType  DType  `json:"dtype"`
	Shape  []int  `json:"shape"`
	Bytes  int    `json:"bytes"`
	Source string `json:"source"` // name in the file
	File   string `json:"file"`   // base name
}

// Info describes a tensor by its canonical name.
func (c *Checkpoint) Info(name string) (Info, error) {
	e, err := c.entry(name)
	if err != nil {
		return Info{}, err
	}
	size, err := byteSize(e.dtype, e.shape)
	file := filepath.Base(e.file.path)
	return Info{Name: name, DType: e.dtype, Shape: slices.Clone(e.shape), Bytes: size, Source: e.source, File: file}, err
}

func (c *Checkpoint) entry(name string) (*entry, error) {
	if c.closed { // its bytes are unmapped: reading them would end the process
		return nil, fmt.Errorf("%s: the checkpoint was closed", c.path)
	}
	if e := c.entries[name]; e != nil {
		return e, nil
	}
	return nil, fmt.Errorf("%s: no tensor %q", c.path, name)
}

// unchanged returns an error if a file was truncated after Open.
func (c *Checkpoint) unchanged() error {
	for _, m := range c.files {
		if err := m.unchanged(); err != nil {
			return err
		}
	}
	return nil
}

// Close unmaps the files and invalidates their tensors. It returns an error if a file was truncated after Open, because
// results may be wrong.
func (c *Checkpoint) Close() error {
	var errs []error
	for _, m := range c.files {
		errs = append(errs, m.close())
	}
	c.files, c.closed = nil, true
	return errors.Join(errs...)
}
