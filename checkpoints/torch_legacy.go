package checkpoints

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// legacyMagic is torch's magic number 0x1950a86a20f9469cfc6c, little-endian.
const legacyMagic = bigInt("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19")

// parseTorchLegacy parses a file of torch.save before version 1.6: pickles of the magic number, the protocol, the machine's
// properties, the object and the storages' keys, then for each key the number of elements and the bytes.
func parseTorchLegacy(data []byte) (map[string]view, error) {
	r := &legacyReader{rest: data, storages: map[string]*storage{}}
	object, err := r.object()
	if err != nil {
		return nil, fmt.Errorf("torch legacy: %w", err)
	}
	return flatten(object)
}

type legacyReader struct {
	rest     []byte
	storages map[string]*storage
}

// object reads the whole file and returns the saved object.
func (r *legacyReader) object() (any, error) {
	if err := r.preamble(); err != nil {
		return nil, err
	}
	object, err := r.next(r.storage)
	if err != nil {
		return nil, err
	}
	keys, err := r.next(nil)
	if err != nil {
		return nil, fmt.Errorf("storage keys: %w", err)
	}
	return object, r.fill(keys)
}

// next reads a pickle.
func (r *legacyReader) next(persistent func(any) (any, error)) (any, error) {
	value, length, err := unpickle(r.rest, persistent)
	if err != nil {
		return nil, err
	}
	r.rest = r.rest[length:]
	return value, nil
}

func (r *legacyReader) preamble() error {
	if magic, err := r.next(nil); err != nil || magic != any(legacyMagic) {
		return errors.New("no magic number: not a file of torch.save")
	}
	if protocol, err := r.next(nil); err != nil || protocol != any(int64(1001)) {
		return errors.New("only protocol 1001 is read")
	}
	info, err := r.next(nil)
	if err != nil {
		return err
	}
	dict, ok := info.(*pyDict)
	if !ok {
		return errors.New("no description of the machine that wrote it")
	}
	for i, key := range dict.keys {
		if key == any("little_endian") && dict.values[i] != any(true) {
			return errors.New("written on a big-endian machine, only little-endian is read")
		}
	}
	return nil
}

// storage registers a storage, whose bytes come after all pickles.
func (r *legacyReader) storage(id any) (any, error) {
	parsed, err := parseStorageID(id)
	if err != nil {
		return nil, err
	}
	if len(parsed.rest) > 0 && parsed.rest[0] != nil {
		return nil, errors.New("a storage that is a view of another, as torch before 0.4 wrote: load and save it again with a newer torch")
	}
	known := r.storages[parsed.key]
	if known == nil {
		known = &storage{dtype: parsed.dtype, numel: parsed.numel}
		r.storages[parsed.key] = known
	}
	if known.dtype != parsed.dtype || known.numel != parsed.numel {
		return nil, fmt.Errorf("storage %q has two types or sizes", parsed.key)
	}
	return known, nil
}

// fill sets the storages' bytes, in the order of keys.
func (r *legacyReader) fill(keys any) error {
	list, ok := keys.(*pyList)
	if !ok {
		return errors.New("no list of storage keys")
	}
	filled := map[string]bool{}
	for _, item := range list.items {
		key, _ := item.(string)
		store := r.storages[key]
		if store == nil || filled[key] {
			return fmt.Errorf("storage %q is unknown or appears twice", key)
		}
		filled[key] = true
		if len(r.rest) < 8 {
			return fmt.Errorf("storage %q: the file ends before it", key)
		}
		numel := binary.LittleEndian.Uint64(r.rest)
		r.rest = r.rest[8:]
		if numel != uint64(store.numel) {
			return fmt.Errorf("storage %q: %d elements stored, the pickle says %d", key, numel, store.numel)
		}
		size := store.numel * store.dtype.Size()
		if size > len(r.rest) {
			return fmt.Errorf("storage %q: %d bytes needed, the file has %d more", key, size, len(r.rest))
		}
		store.bytes, r.rest = r.rest[:size:size], r.rest[size:]
	}
	if len(filled) != len(r.storages) {
		return fmt.Errorf("%d of %d storages have no bytes", len(r.storages)-len(filled), len(r.storages))
	}
	return nil
}
