package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"xpt/internal/jsonfile"
	"xpt/internal/usererror"
)

// file is a file of a repository.
type file struct {
	path string // slash-separated, below the repository
	size int64
	etag string // hash of its contents and name of its blob: sha256 for LFS files, else git's blob hash
}

// snapshot is a repository at a commit.
type snapshot struct {
	commit string
	files  []file
}

var (
	commitHash = regexp.MustCompile(`^[0-9a-f]{40}$`)
	blobHash   = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
)

// maxInfo limits the bytes of a repository's description.
const maxInfo = 16 << 20

// info requests the description of a repository.
func (c *Client) info(ctx context.Context, repo Repo) (out *snapshot, err error) {
	address := fmt.Sprintf("%s/api/%s/%s/revision/%s?blobs=true", c.Endpoint, repo.kind(), repo.ID, url.PathEscape(repo.Revision))
	err = c.retry(ctx, func() (bool, error) {
		response, err := c.get(ctx, address, 0)
		if err != nil {
			return false, err
		}
		defer response.Body.Close()
		data, err := io.ReadAll(io.LimitReader(response.Body, maxInfo))
		if err != nil {
			return false, transient{err}
		}
		if out, err = parseInfo(data); err != nil {
			err = usererror.Errorf("%s: %w: is HF_ENDPOINT the address of a hub?", address, err)
		}
		return false, err
	})
	return out, err
}

// parseInfo parses the hub's description of a repository. It checks names and hashes, which become paths.
func parseInfo(data []byte) (*snapshot, error) {
	var raw struct {
		SHA      string `json:"sha"`
		Siblings []struct {
			Name   string `json:"rfilename"`
			Size   int64  `json:"size"`
			BlobID string `json:"blobId"`
			LFS    *struct {
				SHA256 string `json:"sha256"`
				Size   int64  `json:"size"`
			} `json:"lfs"`
		} `json:"siblings"`
	}
	if err := jsonfile.Unmarshal(data, &raw); err != nil {
		return nil, fmt.Errorf("the answer is not a hub's (%w)", err)
	}
	if !commitHash.MatchString(raw.SHA) {
		return nil, errors.New("the answer names no commit")
	}
	out := &snapshot{commit: raw.SHA}
	for _, s := range raw.Siblings {
		f := file{path: s.Name, size: s.Size, etag: s.BlobID}
		if s.LFS != nil {
			f.size, f.etag = s.LFS.Size, s.LFS.SHA256
		}
		if !filepath.IsLocal(filepath.FromSlash(f.path)) || f.path == "." || strings.ContainsAny(f.path, "\\\x00") {
			return nil, fmt.Errorf("it names a file %q, which is no place in a folder", f.path)
		}
		if !blobHash.MatchString(f.etag) || f.size < 0 {
			return nil, fmt.Errorf("it gives no hash for %s, which cannot be checked", f.path)
		}
		out.files = append(out.files, f)
	}
	return out, nil
}

// get requests an address from a byte on. A status other than success is an error.
func (c *Client) get(ctx context.Context, address string, from int64) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", "xpt")
	request.Header.Set("Accept-Encoding", "identity") // sizes and ranges are those of the file itself
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if from > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	response, err := c.HTTP.Do(request)
	if err != nil {
		return nil, connectionError(err)
	}
	if response.StatusCode == http.StatusOK || response.StatusCode == http.StatusPartialContent {
		return response, nil
	}
	response.Body.Close()
	return nil, c.statusError(response)
}
