package hub

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"xpt/internal/regular"
)

// download downloads a file to path, resuming an earlier try, and checks its hash.
func (c *Client) download(ctx context.Context, address string, f file, path string, report func(int64)) error {
	partial := path + ".incomplete"
	out, err := regular.Update(partial)
	if err != nil {
		return err
	}
	defer out.Close()
	best := int64(0)
	err = c.retry(ctx, func() (bool, error) {
		have, err := c.resume(ctx, address, f, out, report)
		if err != nil { // a server without ranges may reach the same byte again and again
			progress := have > best
			best = max(best, have)
			return progress, err
		}
		sum, err := hashFile(out, f)
		if err != nil || sum == f.etag {
			return true, err
		}
		if err := restart(out); err != nil {
			return false, err
		}
		return false, wrong{fmt.Errorf("%s: its checksum is %s and should be %s: the download is damaged, or the mirror has another file", f.path, sum, f.etag)}
	})
	if err != nil {
		return err
	}
	if err := out.Sync(); err != nil {
		return err
	}
	return os.Rename(partial, path)
}

// resume downloads the missing bytes of out and returns its size.
func (c *Client) resume(ctx context.Context, address string, f file, out *os.File, report func(int64)) (have int64, err error) {
	if have, err = out.Seek(0, io.SeekEnd); err != nil {
		return 0, err
	}
	if have > f.size {
		have, err = 0, restart(out)
	}
	report(have)
	if err != nil || have == f.size {
		return have, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	response, err := c.get(ctx, address, have)
	if errors.Is(err, errRange) {
		if err := restart(out); err != nil {
			return 0, err
		}
		return 0, wrong{fmt.Errorf("%s: after %d of %d bytes %w: is the mirror up to date?", f.path, have, f.size, err)}
	}
	if err != nil {
		return have, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK && have > 0 { // a server without ranges
		if have, err = 0, restart(out); err != nil {
			return 0, err
		}
	} else if have > 0 && !strings.HasPrefix(response.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", have)) {
		return have, fmt.Errorf("%s: asked from byte %d on, the server answers with range %q", f.path, have, response.Header.Get("Content-Range"))
	}
	body := &stallReader{r: response.Body, timer: time.AfterFunc(stall, cancel)}
	defer body.timer.Stop()
	_, err = io.Copy(io.MultiWriter(out, counter(func(n int) { have += int64(n); report(have) })), io.LimitReader(body, f.size-have+1))
	var disk *os.PathError // for example a full disk
	switch {
	case errors.As(err, &disk):
		return have, err
	case err != nil:
		return have, transient{fmt.Errorf("%s: broken off after %d of %d bytes: %w", f.path, have, f.size, err)}
	case have != f.size && strings.HasPrefix(response.Header.Get("Content-Type"), "text/html"):
		return have, wrong{fmt.Errorf("%s: a web page came in its place: is HF_ENDPOINT right, and no proxy in between?", f.path)}
	case have > f.size:
		return have, wrong{fmt.Errorf("%s: more bytes came than its %d: is the mirror up to date?", f.path, f.size)}
	case have < f.size:
		return have, wrong{fmt.Errorf("%s: %d of its %d bytes came: is the mirror up to date?", f.path, have, f.size)}
	}
	return have, nil
}

// restart empties a file.
func restart(out *os.File) error {
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return out.Truncate(0)
}

// stall is the longest time without a byte.
const stall = time.Minute

// stallReader resets a timer with every byte.
type stallReader struct {
	r     io.Reader
	timer *time.Timer
}

func (s *stallReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if n > 0 {
		s.timer.Reset(stall)
	}
	return n, err
}

type counter func(int)

func (c counter) Write(p []byte) (int, error) {
	c(len(p))
	return len(p), nil
}

// hashFile computes a file's hash as the hub does: sha256 for a file in LFS, else the hash of git's blob.
func hashFile(in *os.File, f file) (string, error) {
	var h hash.Hash
	if len(f.etag) == 2*sha256.Size {
		h = sha256.New()
	} else {
		h = sha1.New()
		fmt.Fprintf(h, "blob %d\x00", f.size)
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	if _, err := io.Copy(h, in); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// address is the URL of a file of a commit.
func (c *Client) address(repo Repo, commit, path string) string {
	id := repo.ID
	if repo.Dataset {
		id = "datasets/" + id
	}
	return fmt.Sprintf("%s/%s/resolve/%s/%s", c.Endpoint, id, commit, (&url.URL{Path: path}).EscapedPath())
}

// blobPath is the path of a file's bytes in the cache.
func (c *Client) blobPath(repo Repo, f file) string {
	return filepath.Join(c.Cache, repo.folderName(), "blobs", f.etag)
}
