package setup

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// unpack extracts what a build needs from the wheels: torch's headers and licences, and library with its dependencies in the
// wheels.
func unpack(wheels []string, dir, library string) error {
	libraries := map[string]*zip.File{} // by base name
	for _, name := range wheels {
		r, err := zip.OpenReader(name)
		if err != nil {
			return fmt.Errorf("open %s: %w", name, err)
		}
		defer r.Close()
		for _, f := range r.File {
			switch base := path.Base(f.Name); {
			case strings.HasPrefix(f.Name, "torch/include/"), strings.Contains(f.Name, ".dist-info/licenses/"):
				if err := extract(f, dir); err != nil {
					return err
				}
			case isLibraryFolder(path.Dir(f.Name)) && strings.Contains(base, ".so"):
				libraries[base] = f
			}
		}
	}
	if libraries[library] == nil {
		return fmt.Errorf("no %s in %s", library, strings.Join(wheels, ", "))
	}
	return extractWithNeeded(libraries, library, dir)
}

func extractWithNeeded(libraries map[string]*zip.File, library, dir string) error {
	queue := []string{library}
	for len(queue) > 0 {
		f := libraries[queue[0]]
		delete(libraries, queue[0])
		queue = queue[1:]
		if f == nil { // already extracted, or the system's
			continue
		}
		if err := extract(f, dir); err != nil {
			return err
		}
		names, err := needed(filepath.Join(dir, f.Name))
		if err != nil {
			return err
		}
		queue = append(queue, names...)
	}
	return nil
}

func extract(f *zip.File, dir string) error {
	if !filepath.IsLocal(f.Name) {
		return fmt.Errorf("a wheel holds %q, which lies outside of it", f.Name)
	}
	if strings.HasSuffix(f.Name, "/") {
		return nil
	}
	name := filepath.Join(dir, f.Name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	in, err := f.Open()
	if err != nil {
		return fmt.Errorf("unpack %s: %w", f.Name, err)
	}
	defer in.Close()
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return fmt.Errorf("unpack %s: %w", f.Name, err)
	}
	return out.Close()
}

// isLibraryFolder tells the folders of a wheel's run paths: torch/lib, nvidia/cu13/lib, torch.libs.
func isLibraryFolder(dir string) bool {
	return path.Base(dir) == "lib" || strings.HasSuffix(dir, ".libs")
}
