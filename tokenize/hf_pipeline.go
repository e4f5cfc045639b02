package tokenize

import (
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"

	"xpt/internal/jsonfile"
)

// hfPart is a normaliser, pre-tokenizer or post-processor of a tokenizer.json.
type hfPart struct {
	Type          string   `json:"type"`
	Normalizers   []hfPart `json:"normalizers"`
	PreTokenizers []hfPart `json:"pretokenizers"`

	Charsmap   string                          `json:"precompiled_charsmap"` // Precompiled
	StripLeft  bool                            `json:"strip_left"`           // Strip
	StripRight bool                            `json:"strip_right"`
	Pattern    struct{ String, Regex *string } `json:"pattern"` // Replace
	Content    string                          `json:"content"`

	Replacement    string         `json:"replacement"` // Metaspace
	AddPrefixSpace *bool          `json:"add_prefix_space"`
	PrependScheme  *prependScheme `json:"prepend_scheme"`
	Split          *bool          `json:"split"`

	Single []templatePiece `json:"single"` // TemplateProcessing
	Pair   []templatePiece `json:"pair"`
}

// templatePiece is {"SpecialToken": {"id": "</s>"}} or {"Sequence": {"id": "A"}}.
type templatePiece map[string]struct {
	ID string `json:"id"`
}

// maxPart limits the bytes of a part; XGLM's normaliser has 320,000.
const maxPart = 1 << 19

// parsePart parses raw JSON; a missing or null part has no Type.
func parsePart(name, raw string) (p hfPart, err error) {
	if raw == "" {
		return p, nil
	}
	if len(raw) > maxPart {
		return p, fmt.Errorf("%s has more than %d bytes", name, maxPart)
	}
	if err = jsonfile.UnmarshalPart([]byte(raw), &p); err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return p, err
}

func parseNormalizer(raw string) (*hfNormalizer, error) {
	p, err := parsePart("normalizer", raw)
	if err != nil {
		return nil, err
	}
	n := &hfNormalizer{}
	return n, n.add(p)
}

// add appends a normaliser of the file.
func (n *hfNormalizer) add(p hfPart) error {
	switch p.Type {
	case "":
	case "Sequence":
		for _, part := range p.Normalizers {
			if err := n.add(part); err != nil {
				return err
			}
		}
	case "Precompiled":
		if n.charsmap != nil || len(n.steps) > 0 {
			return errors.New("normalizer Precompiled is implemented as the first step only")
		}
		data, err := base64.StdEncoding.DecodeString(p.Charsmap)
		if err == nil {
			n.charsmap, err = parseCharsmap(string(data))
		}
		if err != nil {
			return fmt.Errorf("normalizer Precompiled: %w", err)
		}
	case "Strip":
		n.steps = append(n.steps, stripStep(p.StripLeft, p.StripRight))
	case "Replace":
		if p.Pattern.Regex == nil || *p.Pattern.Regex != " {2,}" {
			return errors.New("normalizer Replace is implemented for the pattern \" {2,}\" only")
		}
		n.steps = append(n.steps, replaceStep(p.Content))
	default:
		return fmt.Errorf("normalizer %s is not implemented", p.Type)
	}
	return nil
}

// metaspace is the pre-tokenizer Metaspace.
type metaspace struct {
	prepend prependScheme
	split   bool // each marker begins a word
}

// parsePreTokenizer parses Metaspace of any version: add_prefix_space in old files, prepend_scheme and split in newer ones.
func parsePreTokenizer(raw string) (m metaspace, err error) {
	p, err := parsePart("pre_tokenizer", raw)
	if err != nil {
		return m, err
	}
	if p.Type == "Sequence" && len(p.PreTokenizers) == 1 {
		p = p.PreTokenizers[0]
	}
	if p.Type != "Metaspace" {
		return m, fmt.Errorf("pre_tokenizer %q is not implemented; XGLM's is Metaspace", p.Type)
	}
	if p.Replacement != marker {
		return m, fmt.Errorf("pre_tokenizer Metaspace has the replacement %q; only %q is implemented", p.Replacement, marker)
	}
	m = metaspace{prependAlways, p.Split == nil || *p.Split}
	if p.PrependScheme != nil {
		m.prepend = *p.PrependScheme
	}
	if p.AddPrefixSpace != nil && !*p.AddPrefixSpace {
		if p.PrependScheme != nil && m.prepend != prependNever {
			return m, fmt.Errorf("pre_tokenizer Metaspace: add_prefix_space false contradicts prepend_scheme %q", m.prepend)
		}
		m.prepend = prependNever
	}
	switch m.prepend {
	case prependAlways, prependFirst, prependNever:
		return m, nil
	}
	return m, fmt.Errorf("pre_tokenizer Metaspace: unknown prepend_scheme %q", m.prepend)
}

// checkPostProcessor refuses a layout other than XGLM's, which EncodeText and EncodePair use.
func checkPostProcessor(raw string) error {
	p, err := parsePart("post_processor", raw)
	if err != nil || p.Type == "" {
		return err
	}
	if p.Type != "TemplateProcessing" {
		return fmt.Errorf("post_processor %s is not implemented; XGLM's is TemplateProcessing", p.Type)
	}
	names := func(template []templatePiece) (ids []string) {
		for _, item := range template {
			for _, v := range item {
				ids = append(ids, v.ID)
			}
		}
		return ids
	}
	if single := names(p.Single); !reflect.DeepEqual(single, []string{"</s>", "A"}) {
		return fmt.Errorf("post_processor writes %q; XGLM's layout is </s> A", single)
	}
	if pair := names(p.Pair); !reflect.DeepEqual(pair, []string{"</s>", "A", "</s>", "</s>", "B"}) {
		return fmt.Errorf("post_processor writes %q; XGLM's layout is </s> A </s> </s> B", pair)
	}
	return nil
}
