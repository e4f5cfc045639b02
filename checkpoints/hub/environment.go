package hub

import (
	"cmp"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"

	"xpt/internal/regular"
	"xpt/internal/usererror"
)

// folders are the paths of huggingface_hub (its constants.py).
type folders struct{ home, cache, token string }

func environment() folders {
	f := folders{home: expand(cmp.Or(os.Getenv("HF_HOME"), filepath.Join(cmp.Or(os.Getenv("XDG_CACHE_HOME"), "~/.cache"), "huggingface")))}
	f.cache = expand(cmp.Or(os.Getenv("HF_HUB_CACHE"), os.Getenv("HUGGINGFACE_HUB_CACHE"), filepath.Join(f.home, "hub")))
	f.token = expand(cmp.Or(os.Getenv("HF_TOKEN_PATH"), filepath.Join(f.home, "token")))
	return f
}

var variable = regexp.MustCompile(`\$(\w+|\{[^}]*\})`)

// expand is Python's expandvars of expanduser: unset variables and unknown users stay as they are.
func expand(path string) string {
	if rest, ok := strings.CutPrefix(path, "~"); ok {
		name, below, _ := strings.Cut(rest, "/")
		if home := homeOf(name); home != "" {
			path = filepath.Join(home, below)
		}
	}
	return variable.ReplaceAllStringFunc(path, func(text string) string {
		if value, ok := os.LookupEnv(strings.Trim(text, "${}")); ok {
			return value
		}
		return text
	})
}

// homeOf is a user's home; without a name, the current user's. Empty if unknown.
func homeOf(name string) string {
	if home := os.Getenv("HOME"); name == "" && home != "" {
		return home
	}
	var known *user.User
	var err error
	if name == "" {
		known, err = user.Current()
	} else {
		known, err = user.Lookup(name)
	}
	if err != nil {
		return ""
	}
	return known.HomeDir
}

// maxToken limits the bytes of a file with a token or a commit.
const maxToken = 64 << 10

// readToken is HF_TOKEN, or the contents of the token file; empty without either.
func (f folders) readToken() (string, error) {
	token := os.Getenv("HF_TOKEN")
	if token == "" {
		data, err := regular.ReadFile(f.token, maxToken)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", usererror.Errorf("the token of the hub: %w", err)
		}
		token = string(data)
	}
	token = strings.TrimSpace(token)
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "", usererror.New("the token of the hub, in HF_TOKEN or a file, has characters that no token has")
	}
	return token, nil
}

// endpoint is HF_ENDPOINT without a final slash.
func endpoint() (string, error) {
	address := strings.TrimRight(cmp.Or(os.Getenv("HF_ENDPOINT"), "https://huggingface.co"), "/")
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" {
		return "", usererror.Errorf("HF_ENDPOINT is %q: expected the address of a hub, such as https://huggingface.co", address)
	}
	return address, nil
}
