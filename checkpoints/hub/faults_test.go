package hub

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// cut breaks a connection after some bytes of a file.
func cut(w http.ResponseWriter, body string, bytes int) bool {
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.Write([]byte(body[:bytes]))
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// TestFaults puts faults in the way of a fetch.
func TestFaults(t *testing.T) {
	weights := strings.Repeat("weights ", 1000)
	isWeights := func(r *http.Request) bool { return r.URL.Query().Get("file") == "model.safetensors" }
	for name, test := range map[string]struct {
		fault    func(w http.ResponseWriter, r *http.Request, n int) bool
		noRanges bool
		want     string // of the error; empty: it succeeds
		requests int    // for the weights
		wait     time.Duration
	}{
		"cut once": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			return isWeights(r) && r.Header.Get("Range") == "" && cut(w, weights, 3000)
		}, requests: 2},
		"cut, no ranges": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			return isWeights(r) && n < 5 && cut(w, weights, 3000)
		}, noRanges: true, requests: 3},
		"cut always": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			return isWeights(r) && cut(w, weights, 10)
		}, noRanges: true, want: "given up after 6 tries", requests: 7},
		"busy": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			if n > 1 {
				return false
			}
			w.Header().Set("Retry-After", "42")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}, requests: 1, wait: 42 * time.Second},
		"busy for hours": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			w.Header().Set("Retry-After", "7200")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}, want: "asked to wait 2h0m0s"},
		"busy until": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			if !isWeights(r) || r.Header.Get("X-Again") != "" || n > 3 {
				return false
			}
			w.Header().Set("Retry-After", time.Now().Add(90*time.Second).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}, requests: 2, wait: 80 * time.Second},
		"failing once": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			if n == 1 {
				w.WriteHeader(http.StatusBadGateway)
			}
			return n == 1
		}, requests: 1},
		"gated": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			w.Header().Set("X-Error-Code", "GatedRepo")
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}, want: "accept its terms"},
		"private": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}, want: "the token has no right"},
		"damaged once": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			if !isWeights(r) || n > 3 {
				return false
			}
			w.Write([]byte(strings.ToUpper(weights)))
			return true
		}, requests: 2},
		"damaged": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if isWeights(r) {
				w.Write([]byte(strings.ToUpper(weights)))
			}
			return isWeights(r)
		}, want: "its checksum is", requests: 2},
		"too long": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			if isWeights(r) && n <= 3 {
				w.Write([]byte(weights + "more"))
			}
			return isWeights(r) && n <= 3
		}, requests: 2},
		"too long always": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			if isWeights(r) {
				w.Write([]byte(weights + "more"))
			}
			return isWeights(r)
		}, want: "model.safetensors: more bytes came than its 8000", requests: 2},
		"too short always": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			if isWeights(r) {
				http.ServeContent(w, r, "", time.Time{}, strings.NewReader(weights[:3000]))
			}
			return isWeights(r)
		}, want: "model.safetensors: 3000 of its 8000 bytes came", requests: 3},
		"a page for weights": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			if isWeights(r) {
				w.Write([]byte("<html>log in"))
			}
			return isWeights(r)
		}, want: "model.safetensors: a web page came in its place", requests: 2},
		"no range, unasked": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			if isWeights(r) {
				w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			}
			return isWeights(r)
		}, want: "file=model.safetensors: 416 Requested Range Not Satisfiable: a hub does not answer so: is HF_ENDPOINT right", requests: 1},
		"no range": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			if isWeights(r) && r.Header.Get("Range") != "" {
				w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
				return true
			}
			return isWeights(r) && cut(w, weights, 3000)
		}, want: "model.safetensors: after 3000 of 8000 bytes the server has nothing from there on", requests: 4},
		"no content": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			w.WriteHeader(http.StatusNoContent)
			return true
		}, want: "204 No Content: a hub does not answer so: is HF_ENDPOINT right"},
		"leads nowhere": {fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
			w.WriteHeader(http.StatusFound)
			return true
		}, want: "302 Found: a hub does not answer so: is HF_ENDPOINT right"},
		"another range": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if !isWeights(r) || r.Header.Get("Range") == "" {
				return isWeights(r) && cut(w, weights, 3000)
			}
			w.Header().Set("Content-Range", "bytes 5-10/8000")
			w.WriteHeader(http.StatusPartialContent)
			return true
		}, want: "answers with range", requests: 2},
		"not a hub": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			w.Write([]byte(`{}`))
			return true
		}, want: "the answer names no commit"},
		"no files": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			fmt.Fprintf(w, `{"sha": %q}`, commit)
			return true
		}, want: "lists no files"},
		"empty answer": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool { return true }, want: "the answer is not a hub's (it is empty"},
		"another answer": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			fmt.Fprintf(w, `{"sha": 7}`)
			return true
		}, want: "sha is a number: expected a string"},
		"in a circle": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			http.Redirect(w, r, r.URL.String(), http.StatusFound)
			return true
		}, want: "leads on in a circle"},
		"out of the web": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			http.Redirect(w, r, "ftp://example.org/x", http.StatusFound)
			return true
		}, want: "to ftp://example.org/x"},
		"more than a disk": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			const hash = commit + "0123456789abcdef01234567"
			fmt.Fprintf(w, `{"sha": %q, "siblings": [{"rfilename": "config.json", "size": 1, "blobId": %q}, {"rfilename": "model.safetensors", "blobId": %q,
				"lfs": {"sha256": %q, "size": 9000000000000000000}}]}`, commit, commit, commit, hash)
			return true
		}, want: "9000000000.0 GB are to come, and "},
		"not JSON": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			w.Write([]byte(`<html>`))
			return true
		}, want: "a web page, not JSON"},
		"outside": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			fmt.Fprintf(w, `{"sha": %q, "siblings": [{"rfilename": "../../x", "size": 1, "blobId": %q}]}`, commit, commit)
			return true
		}, want: "no place in a folder"},
		"no hash": {fault: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			fmt.Fprintf(w, `{"sha": %q, "siblings": [{"rfilename": "config.json", "size": 1, "blobId": "../x"}]}`, commit)
			return true
		}, want: "gives no hash"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.fault, s.noRanges = test.fault, test.noRanges
			var waits []time.Duration
			c := s.client(t, &waits)
			folder, err := c.Fetch(context.Background(), mustParse(t, "org/name"), []string{"config.json", "model.safetensors"})
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Fatalf("error %v, want one with %q", err, test.want)
			}
			if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\n")) {
				t.Errorf("error %q", err)
			}
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				if data, _ := os.ReadFile(filepath.Join(folder, "model.safetensors")); string(data) != weights {
					t.Error("the weights are not whole")
				}
			} else if _, err := c.Cached(mustParse(t, "org/name")); err == nil {
				t.Error("a failed fetch counts as cached")
			}
			asked := 0
			for _, r := range s.requests {
				if strings.HasPrefix(r, "model.safetensors") {
					asked++
				}
			}
			if asked != test.requests {
				t.Errorf("requests %q: %d for the weights, want %d", s.requests, asked, test.requests)
			}
			if refused := slices.Contains([]string{"in a circle", "out of the web", "not JSON", "empty answer", "another answer", "not a hub", "private", "gated", "no content", "leads nowhere", "no range, unasked"}, name); refused && len(waits) > 0 {
				t.Errorf("tried again after %v", waits)
			}
			if test.wait > 0 && (len(waits) == 0 || waits[0] < test.wait) {
				t.Errorf("waited %v, want %v", waits, test.wait)
			}
		})
	}
}
