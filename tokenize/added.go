package tokenize

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"

	"xpt/internal/jsonfile"
	"xpt/internal/regular"
	"xpt/internal/usererror"
)

// addedToken is a token that Hugging Face's tokenizers match in the text before normalising it: one of the model's specials, or
// a user's token with an id after the model's. LStrip and RStrip include the white space on that side. SingleWord matches only
// between non-word characters.
type addedToken struct {
	ID         int    `json:"id"`
	Content    string `json:"content"`
	Special    bool   `json:"special"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	SingleWord bool   `json:"single_word"`
}

// Limits of added tokens.
const (
	maxAdded     = 1 << 16
	maxAddedFile = 2 << 20 // bytes
)

// addedTokens parses added_tokens of a tokenizer.json.
func addedTokens(raw string) (added []addedToken, err error) {
	if raw == "" {
		return nil, nil
	}
	if len(raw) > maxAddedFile {
		return nil, usererror.Errorf("added_tokens has more than %d bytes", maxAddedFile)
	}
	var list []*addedToken
	if err := jsonfile.Unmarshal([]byte(raw), &list); err != nil {
		return nil, fmt.Errorf("added_tokens: %w", err)
	}
	for i, token := range list {
		if token == nil {
			return nil, usererror.Errorf("added_tokens: token %d of the list is null", i+1)
		}
		added = append(added, *token)
	}
	return added, nil
}

// addedBeside reads the tokens that a folder's tokenizer_config.json, or in old folders added_tokens.json, adds to its
// SentencePiece model.
func addedBeside(folder string) (added []addedToken, err error) {
	path := filepath.Join(folder, "tokenizer_config.json")
	var config struct {
		Added map[string]*addedToken `json:"added_tokens_decoder"`
	}
	if err := readJSON(path, &config); err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(config.Added)) {
		token := config.Added[id]
		if token == nil {
			return nil, usererror.Errorf("%s: added_tokens_decoder: token %s is null", path, id)
		}
		if token.ID, err = strconv.Atoi(id); err != nil {
			return nil, usererror.Errorf("%s: added_tokens_decoder: %q is no id", path, id)
		}
		added = append(added, *token)
	}
	if added != nil {
		return added, nil
	}
	var ids map[string]int
	if err := readJSON(filepath.Join(folder, "added_tokens.json"), &ids); err != nil {
		return nil, err
	}
	for content, id := range ids {
		added = append(added, addedToken{ID: id, Content: content})
	}
	return added, nil
}

// readJSON reads a file if it exists.
func readJSON(path string, into any) error {
	data, err := regular.ReadFile(path, maxAddedFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = jsonfile.Unmarshal(data, into)
	}
	if err != nil {
		return fmt.Errorf("tokenizer: %s: %w", path, err)
	}
	return nil
}

// add adds tokens to a tokenizer. The model's specials in a text stay text, as everywhere in this package; other added tokens
// are matched, and those beyond the model's ids even if special.
func (t *Tokenizer) add(added []addedToken) error {
	if len(added) > maxAdded {
		return usererror.Errorf("%d added tokens, more than the %d this tokenizer holds", len(added), maxAdded)
	}
	slices.SortFunc(added, func(a, b addedToken) int { return a.ID - b.ID })
	model := t.VocabSize()
	t.vocab.pieces, t.vocab.scores = slices.Clip(t.vocab.pieces), slices.Clip(t.vocab.scores) // the lattice has them too
	literal, spelled := map[string]addedToken{}, map[string]addedToken{}
	for _, a := range added {
		if a.ID < model {
			if piece, ok := t.Piece(a.ID); !ok || piece != a.Content {
				return usererror.Errorf("added token %q has the id %d, which is that of %q in the model", a.Content, a.ID, piece)
			}
		} else if err := t.append(a); err != nil {
			return err
		}
		if a.ID >= model || !a.Special {
			literal[a.Content] = a
		}
		if a.Special {
			spelled[a.Content] = a
			t.specials[a.ID] = a.Content
		}
	}
	for id, spelling := range t.specials {
		if _, listed := spelled[spelling]; !listed {
			spelled[spelling] = addedToken{ID: id}
		}
	}
	maps.Copy(spelled, literal)
	t.added, t.spelled = newLiterals(literal), newLiterals(spelled)
	return nil
}

// append appends an added token to the pieces.
func (t *Tokenizer) append(a addedToken) error {
	next := t.VocabSize()
	_, twice := t.ID(a.Content)
	switch {
	case a.Content == "" || len(a.Content) > maxPiece:
		return usererror.Errorf("added token %d is empty or longer than %d bytes", a.ID, maxPiece)
	case twice:
		return usererror.Errorf("added token %q has the id %d, and another is spelled so too", a.Content, a.ID)
	case a.ID != next:
		return usererror.Errorf("added token %q has the id %d, and %d follows: ids between are no tokens", a.Content, a.ID, next)
	}
	t.vocab.pieces, t.vocab.scores = append(t.vocab.pieces, a.Content), append(t.vocab.scores, 0)
	t.vocab.hidden[a.Content] = a.ID
	return nil
}
