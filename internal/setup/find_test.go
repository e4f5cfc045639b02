package setup

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindOrder(t *testing.T) {
	good := func() string { return fakeIn(t, "2.3.1") }
	bad := func() string { return fakeIn(t, "1.8.0") }
	empty, incomplete := t.TempDir(), filepath.Join(t.TempDir(), "torch")
	fakeTorch(t, incomplete, "2.3.1")
	write(t, incomplete, "lib/"+cpuLibrary, lib("libcudart.so.13"))
	offline := errors.New("no network")
	for _, c := range []struct {
		name, named, python, unpacked, system string
		download                              error
		why, log, err                         string
	}{
		{name: "named first", named: good(), python: good(), unpacked: good(), system: good(), why: "XPT_LIBTORCH"},
		{name: "named and absent", named: empty, python: good(), unpacked: good(), err: "no libtorch in " + empty},
		{name: "named and not supported", named: bad(), python: good(), err: "1.8.0"},
		{name: "named and incomplete", named: incomplete, python: good(), err: "lacks libcudart.so.13: python3 -m pip install --target '" + filepath.Dir(incomplete) + "' 'nvidia-cuda-runtime==13.*'"},
		{name: "Python's incomplete", python: incomplete, unpacked: good(), why: "earlier", log: "passed over: libtorch 2.3.1"},
		{name: "Python before the unpacked", python: good(), unpacked: good(), system: good(), why: "the torch of /bin/python3"},
		{name: "Python's not supported", python: bad(), unpacked: good(), why: "earlier", log: "passed over: libtorch 1.8.0"},
		{name: "unpacked before the download", unpacked: good(), download: offline, system: good(), why: "earlier"},
		{name: "download before the system", system: good(), why: "downloaded"},
		{name: "system at last", download: offline, system: good(), why: "distribution", log: "no network"},
		{name: "nothing", download: offline, system: empty, err: "no network"},
	} {
		t.Run(c.name, func(t *testing.T) {
			unpacked := t.TempDir()
			if c.unpacked != "" {
				fakeTorch(t, filepath.Join(unpacked, WheelVersion, "torch"), "2.15.0")
			}
			var log strings.Builder
			got, err := Find(Places{
				Named:    c.named,
				Python:   func() (string, string) { return c.python, "/bin/python3" },
				Unpacked: unpacked,
				Download: func(dir string) error {
					if c.download == nil {
						fakeTorch(t, filepath.Join(dir, "torch"), "2.15.0")
					}
					return c.download
				},
				System: c.system,
				Log:    &log,
			})
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("error %v, want one with %q", err, c.err)
				}
				if c.named == incomplete && !strings.HasSuffix(err.Error(), c.err) {
					t.Errorf("error %v: a command that ends a line can be copied", err)
				}
				return
			}
			if err != nil || !strings.Contains(got.Why, c.why) {
				t.Errorf("found by %q, %v; want %q", got.Why, err, c.why)
			}
			if !strings.Contains(log.String(), c.log) {
				t.Errorf("log %q, want %q", log.String(), c.log)
			}
		})
	}
}

func fakeIn(t *testing.T, version string) string {
	dir := t.TempDir()
	fakeTorch(t, dir, version)
	return dir
}

func fakeTorch(t *testing.T, dir, version string) {
	t.Helper()
	fake(t, filepath.Join(dir, "include"), filepath.Join(dir, "lib"), version, newABI)
}
