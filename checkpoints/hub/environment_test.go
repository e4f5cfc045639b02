package hub

import (
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"xpt/internal/usererror"
)

// The folders are those that huggingface_hub 1.x computes of the same variables
// (huggingface_hub.constants).
func TestFolders(t *testing.T) {
	for _, c := range []struct {
		set                map[string]string
		home, cache, token string
	}{
		{nil, "/home/me/.cache/huggingface", "/home/me/.cache/huggingface/hub", "/home/me/.cache/huggingface/token"},
		{map[string]string{"HF_HOME": "~/hf"}, "/home/me/hf", "/home/me/hf/hub", "/home/me/hf/token"},
		{map[string]string{"HF_HOME": "~"}, "/home/me", "/home/me/hub", "/home/me/token"},
		{map[string]string{"HF_HOME": "$DISK/hf"}, "/disk/hf", "/disk/hf/hub", "/disk/hf/token"},
		{map[string]string{"HF_HOME": "${DISK}/$NONE/hf"}, "/disk/$NONE/hf", "/disk/$NONE/hf/hub", "/disk/$NONE/hf/token"},
		{map[string]string{"XDG_CACHE_HOME": "~/$DIR"}, "/home/me/dir/huggingface", "/home/me/dir/huggingface/hub", "/home/me/dir/huggingface/token"},
		{map[string]string{"HF_HOME": "/hf", "XDG_CACHE_HOME": "/x"}, "/hf", "/hf/hub", "/hf/token"},
		{map[string]string{"HF_HOME": "/hf", "HUGGINGFACE_HUB_CACHE": "~/old"}, "/hf", "/home/me/old", "/hf/token"},
		{map[string]string{"HF_HOME": "/hf", "HUGGINGFACE_HUB_CACHE": "/old", "HF_HUB_CACHE": "$HOME/new"}, "/hf", "/home/me/new", "/hf/token"},
		{map[string]string{"HF_TOKEN_PATH": "~/secret"}, "/home/me/.cache/huggingface", "/home/me/.cache/huggingface/hub", "/home/me/secret"},
		{map[string]string{"HF_HOME": "~nobody-of-this-name/x"}, "~nobody-of-this-name/x", "~nobody-of-this-name/x/hub", "~nobody-of-this-name/x/token"},
		{map[string]string{"HF_HOME": "a~b$"}, "a~b$", "a~b$/hub", "a~b$/token"},
	} {
		for _, name := range []string{"HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME", "HF_TOKEN_PATH"} {
			t.Setenv(name, c.set[name])
		}
		t.Setenv("HOME", "/home/me")
		t.Setenv("DISK", "/disk")
		t.Setenv("DIR", "dir")
		if got := environment(); got != (folders{c.home, c.cache, c.token}) {
			t.Errorf("%v: %+v, want %s, %s, %s", c.set, got, c.home, c.cache, c.token)
		}
	}
}

// What cannot be asked is refused before anything is asked.
func TestNewClientRefuses(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "binary")
	if err := os.WriteFile(binary, []byte("a\nb"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, value, want string }{
		{"HF_ENDPOINT", "ftp://huggingface.co", `HF_ENDPOINT is "ftp://huggingface.co": expected`},
		{"HF_ENDPOINT", "huggingface.co", "expected the address of a hub"},
		{"HF_ENDPOINT", "https://", "expected the address of a hub"},
		{"HF_ENDPOINT", "http://a b", "expected the address of a hub"},
		{"HF_TOKEN", "a\nb", "characters that no token has"},
		{"HF_TOKEN_PATH", binary, "characters that no token has"},
		{"HF_TOKEN_PATH", pipe, "is a pipe"},
		{"HF_TOKEN_PATH", dir, "is a folder"},
	} {
		for _, name := range []string{"HF_ENDPOINT", "HF_TOKEN", "HF_TOKEN_PATH"} {
			t.Setenv(name, "")
		}
		t.Setenv("HF_HOME", t.TempDir())
		t.Setenv(c.name, c.value)
		if _, err := NewClient(); err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, new(*usererror.Error)) {
			t.Errorf("%s=%q: error %v, want %q", c.name, c.value, err, c.want)
		}
	}
}

// What cannot be otherwise on the next try is tried once, and what is tried
// again is told.
func TestTriesWhatMayHelp(t *testing.T) {
	s := newServer(t)
	secured := httptest.NewTLSServer(s.Config.Handler)
	defer secured.Close()
	secured.Config.ErrorLog = log.New(io.Discard, "", 0)
	for endpoint, again := range map[string]bool{"http://127.0.0.1:1": true, "https" + strings.TrimPrefix(s.URL, "http"): false, secured.URL: false} {
		var waits []time.Duration
		c := s.client(t, &waits)
		c.Endpoint = endpoint
		var told []string
		c.Warn = func(line string) { told = append(told, line) }
		if _, err := c.Fetch(t.Context(), mustParse(t, "org/name"), nil); err == nil {
			t.Fatal("no error")
		}
		if (len(waits) > 0) != again || len(told) != len(waits) || again && !strings.Contains(told[0], "tried again in") {
			t.Errorf("%s: waited %v, told %q", endpoint, waits, told)
		}
	}
}
