package checkpoints

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// addFixtures seeds a fuzz test with fixture files.
func addFixtures(f *testing.F, patterns ...string) {
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join(fixtures, pattern))
		if err != nil || len(files) == 0 {
			f.Fatalf("%s: no fixtures, %v", pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
}

// checkViews takes every tensor of what a parser accepted.
func checkViews(t *testing.T, data []byte, views map[string]view) {
	for name, v := range views {
		size, err := byteSize(v.dtype, v.shape)
		if err != nil || size > max(len(data), maxRepeated) {
			t.Fatalf("%q: %d bytes, %v, from a file of %d", name, size, err, len(data))
		}
		if got := len(v.bytes()); got != size {
			t.Fatalf("%q: %d bytes, its shape %v takes %d", name, got, v.shape, size)
		}
	}
}

func FuzzSafetensors(f *testing.F) {
	addFixtures(f, "sorts.safetensors", "xglm/safetensors/model.safetensors", "adapters/*/adapter_model.safetensors")
	f.Fuzz(func(t *testing.T, data []byte) {
		views, err := parseSafetensors(data)
		if err == nil {
			checkViews(t, data, views)
		}
	})
}

func FuzzTorchZip(f *testing.F) {
	addFixtures(f, "sorts_p?.bin", "nested.bin", "module.bin", "tensor.bin", "adapters/*/adapter_model.bin")
	f.Fuzz(func(t *testing.T, data []byte) {
		views, err := parseTorchZip(data)
		if err == nil {
			checkViews(t, data, views)
		}
	})
}

func FuzzTorchLegacy(f *testing.F) {
	addFixtures(f, "sorts_legacy_p?.bin", "nested_legacy.bin")
	f.Add(legacy("]U\x010a.", 24))
	f.Fuzz(func(t *testing.T, data []byte) {
		views, err := parseTorchLegacy(data)
		if err == nil {
			checkViews(t, data, views)
		}
	})
}

// FuzzPickle changes the pickle inside a sound zip file.
func FuzzPickle(f *testing.F) {
	for _, file := range []string{"sorts_p2.bin", "sorts_p4.bin", "nested.bin", "module.bin", "xglm/bin_tied/pytorch_model.bin"} {
		data, err := os.ReadFile(filepath.Join(fixtures, file))
		if err != nil {
			f.Fatal(err)
		}
		archive, err := openArchive(data)
		if err != nil {
			f.Fatal(err)
		}
		pickled, err := archive.entry("data.pkl")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(pickled)
	}
	f.Add([]byte(tensor0("K\x00", "K\x02K\x02\x86", "K\x01K\x02\x86")))
	store := &storage{dtype: F32, bytes: make([]byte, 64)}
	f.Fuzz(func(t *testing.T, data []byte) {
		value, _, err := unpickle(data, func(id any) (any, error) {
			_, err := parseStorageID(id)
			return store, err
		})
		if err != nil {
			return
		}
		if views, err := flatten(value); err == nil {
			checkViews(t, store.bytes, views)
		}
	})
}

func FuzzIndex(f *testing.F) {
	addFixtures(f, "xglm/*/*.index.json")
	f.Fuzz(func(t *testing.T, data []byte) {
		files, err := parseIndex(data)
		for file := range files {
			if err == nil && (bytes.ContainsRune([]byte(file), '/') || file == "..") {
				t.Fatalf("file %q", file)
			}
		}
	})
}

func FuzzAdapterConfig(f *testing.F) {
	addFixtures(f, "adapters/*/adapter_config.json")
	f.Fuzz(func(t *testing.T, data []byte) {
		config, _, err := ParseAdapterConfig(data)
		if err != nil {
			return
		}
		for _, shape := range [][]int{{5, 8}, {5, 32}, {0}, {1, 1 << 30}} {
			again := config
			if again.checkPrompt(shape) == nil {
				if _, err := again.encode(); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
