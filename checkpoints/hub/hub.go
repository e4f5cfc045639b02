// Package hub downloads repositories from the Hugging Face hub, or a mirror, into the cache of Hugging Face's tools
// (https://huggingface.co/docs/huggingface_hub/guides/manage-cache). It resumes interrupted downloads and checks every file
// against the hub's hash.
package hub

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Client downloads from a hub into a cache.
type Client struct {
	Endpoint string // such as https://huggingface.co
	Token    string // sent only to the endpoint's host; may be empty
	Cache    string // folder of models--ORG--NAME
	Offline  bool   // use only the cache
	HTTP     *http.Client
	Progress func(done, total int64) // bytes of all files; may be nil
	Warn     func(line string)       // of retries; may be nil

	wait func(time.Duration) <-chan time.Time // time.After, except in tests
}

// NewClient reads the environment as Hugging Face's tools do: HF_ENDPOINT, HF_TOKEN or the file HF_TOKEN_PATH, HF_HUB_OFFLINE,
// and HF_HUB_CACHE, HF_HOME or XDG_CACHE_HOME, in which ~ and variables are expanded.
func NewClient() (*Client, error) {
	at := environment()
	address, err := endpoint()
	if err != nil {
		return nil, err
	}
	token, err := at.readToken()
	if err != nil {
		return nil, err
	}
	offline := strings.ToUpper(cmp.Or(os.Getenv("HF_HUB_OFFLINE"), os.Getenv("TRANSFORMERS_OFFLINE")))
	return &Client{
		Endpoint: address,
		Token:    token,
		Cache:    at.cache,
		Offline:  offline == "1" || offline == "TRUE" || offline == "YES" || offline == "ON",
		HTTP:     newHTTPClient(),
		wait:     time.After,
	}, nil
}

// newHTTPClient has no overall timeout, because files are large, but one for each stage that can hang; for the body see
// stallReader.
func newHTTPClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = time.Minute
	return &http.Client{
		Transport: transport,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > 10 || r.URL.Scheme != "http" && r.URL.Scheme != "https" {
				return fmt.Errorf("%w, to %s", errRedirect, shown(r.URL))
			}
			if r.URL.Host != via[0].URL.Host || r.URL.Scheme != via[0].URL.Scheme { // the token is only for the hub's own host
				r.Header.Del("Authorization")
			}
			return nil
		},
	}
}

// Repo names a repository at a revision.
type Repo struct {
	ID       string // ORG/NAME
	Dataset  bool   // a data set, else a model or adapter
	Revision string // branch, tag or commit; empty: main
}

var repoID = regexp.MustCompile(`^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$`)

// ParseRepo parses ORG/NAME, or datasets/ORG/NAME for a data set.
func ParseRepo(text, revision string) (Repo, error) {
	id, dataset := strings.CutPrefix(text, "datasets/")
	if !repoID.MatchString(id) || strings.Contains(id, "--") || strings.Contains(id, "..") {
		return Repo{}, fmt.Errorf("%q is not a repository: write ORG/NAME, or datasets/ORG/NAME for a data set", text)
	}
	revision = cmp.Or(revision, "main")
	if !filepath.IsLocal(filepath.FromSlash(revision)) || strings.ContainsAny(revision, "\\?#% ") {
		return Repo{}, fmt.Errorf("%q is not a branch, tag or commit", revision)
	}
	return Repo{ID: id, Dataset: dataset, Revision: revision}, nil
}

// kind is the repository's type in the hub's addresses.
func (r Repo) kind() string {
	if r.Dataset {
		return "datasets"
	}
	return "models"
}

// folderName is the repository's folder in the cache.
func (r Repo) folderName() string {
	return r.kind() + "--" + strings.ReplaceAll(r.ID, "/", "--")
}
