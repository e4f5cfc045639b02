// Package hub fetches repositories from the Hugging Face hub, or a mirror of
// it, into the cache that Hugging Face's own tools use
// (https://huggingface.co/docs/huggingface_hub/guides/manage-cache). A broken
// download goes on where it stopped, and every file is checked against the
// hash that the hub gives for it.
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

// Client says where the hub and the cache are, and how to fetch.
type Client struct {
	Endpoint string // such as https://huggingface.co
	Token    string // sent to the endpoint's own host only; may be empty
	Cache    string // the folder that holds models--ORG--NAME
	Offline  bool   // use the cache alone
	HTTP     *http.Client
	Progress func(done, total int64) // bytes of all files; may be nil
	Warn     func(line string)       // of what is tried again; may be nil

	wait func(time.Duration) <-chan time.Time // time.After, but for tests
}

// NewClient reads the environment as Hugging Face's tools do: HF_ENDPOINT,
// HF_TOKEN or the file HF_TOKEN_PATH, HF_HUB_CACHE or HF_HOME or
// XDG_CACHE_HOME, in which ~ and variables stand for what they mean in a shell,
// and HF_HUB_OFFLINE.
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

// newHTTPClient has no overall timeout, since files are large, but one for
// each stage that can hang; the body has its own (see stallReader).
func newHTTPClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = time.Minute
	return &http.Client{
		Transport: transport,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > 10 || r.URL.Scheme != "http" && r.URL.Scheme != "https" {
				return fmt.Errorf("%w, to %s", errRedirect, shown(r.URL))
			}
			if r.URL.Host != via[0].URL.Host || r.URL.Scheme != via[0].URL.Scheme { // files lie on other hosts, which the token is none of the business of
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

// ParseRepo reads ORG/NAME, or datasets/ORG/NAME for a data set.
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

// kind is the repository's type as the hub's addresses name it.
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
