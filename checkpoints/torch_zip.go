package checkpoints

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// parseTorchZip parses a file of torch.save since version 1.6: an uncompressed zip archive with the pickle in NAME/data.pkl and
// each storage in NAME/data/KEY.
func parseTorchZip(data []byte) (map[string]view, error) {
	archive, err := openArchive(data)
	if err != nil {
		return nil, err
	}
	pickled, err := archive.entry("data.pkl")
	if err != nil {
		return nil, err
	}
	if order, err := archive.entry("byteorder"); err == nil && string(order) != "little" {
		return nil, fmt.Errorf("torch zip: byte order %.10q, only little is read", order)
	}
	storages := map[string]*storage{}
	value, _, err := unpickle(pickled, func(id any) (any, error) {
		parsed, err := parseStorageID(id)
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("%s %v", parsed.key, parsed.dtype)
		if storages[name] == nil {
			stored, err := archive.entry("data/" + parsed.key)
			if err != nil {
				return nil, err
			}
			if size := parsed.numel * parsed.dtype.Size(); size != len(stored) {
				return nil, fmt.Errorf("storage %q: %d bytes in the archive, the pickle says %d", parsed.key, len(stored), size)
			}
			storages[name] = &storage{dtype: parsed.dtype, bytes: stored}
		}
		return storages[name], nil
	})
	if err != nil {
		return nil, fmt.Errorf("torch zip: data.pkl: %w", err)
	}
	return flatten(value)
}

// torchArchive finds entries of a mapped zip file by their names below its top folder.
type torchArchive struct {
	data    []byte
	folder  string
	entries map[string]*zip.File
}

// maxDirectory limits the bytes read of an archive's directory, which has some 100 for each entry.
const maxDirectory = 8 << 20

// boundedReader limits the bytes read.
type boundedReader struct {
	data io.ReaderAt
	left int64
}

func (r *boundedReader) ReadAt(p []byte, at int64) (int, error) {
	if r.left -= int64(len(p)); r.left < 0 {
		return 0, fmt.Errorf("its list of entries has more than %d bytes", maxDirectory)
	}
	return r.data.ReadAt(p, at)
}

func openArchive(data []byte) (*torchArchive, error) {
	reader, err := zip.NewReader(&boundedReader{bytes.NewReader(data), maxDirectory}, int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("torch zip: damaged or cut off: %w", err)
	}
	archive := &torchArchive{data: data, entries: make(map[string]*zip.File, len(reader.File))}
	for _, file := range reader.File {
		if archive.entries[file.Name] != nil {
			return nil, fmt.Errorf("torch zip: the entry %q appears twice", file.Name)
		}
		archive.entries[file.Name] = file
		folder, rest, _ := strings.Cut(file.Name, "/")
		if rest == "data.pkl" {
			archive.folder = folder
		}
	}
	if archive.folder == "" {
		return nil, errors.New("torch zip: no data.pkl in it, so torch.save did not write it")
	}
	return archive, nil
}

// entry returns the bytes of an entry, as a slice of the mapping.
func (a *torchArchive) entry(name string) ([]byte, error) {
	file := a.entries[a.folder+"/"+name]
	if file == nil {
		return nil, fmt.Errorf("torch zip: no entry %q", name)
	}
	size, begin := file.UncompressedSize64, int64(0)
	if file.Method != zip.Store || file.CompressedSize64 != size {
		return nil, fmt.Errorf("torch zip: entry %q is compressed; torch.save never does that", name)
	}
	begin, err := file.DataOffset()
	if err != nil {
		return nil, fmt.Errorf("torch zip: entry %q: %w", name, err)
	}
	if begin < 0 || begin > int64(len(a.data)) || size > uint64(int64(len(a.data))-begin) {
		return nil, fmt.Errorf("torch zip: entry %q reaches beyond the file", name)
	}
	end := begin + int64(size)
	return a.data[begin:end:end], nil
}
