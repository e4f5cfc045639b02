package checkpoints

import (
	"fmt"
	"slices"
	"strings"

	"xpt/internal/usererror"
)

// Differences are what a checkpoint has other than its config asks for.
type Differences struct {
	Missing    []string `json:"missing,omitempty"`
	Unexpected []string `json:"unexpected,omitempty"` // of the backbone: the name in the file
	Reshaped   []string `json:"reshaped,omitempty"`   // with both shapes
	Mistyped   []string `json:"mistyped,omitempty"`   // with the type, which is not floating-point
	LeftOut    []string `json:"left_out,omitempty"`   // no weights of XGLM: canonical names, sorted
}

// Err names the differences in one line; nil where there are none. What is
// left out is no error, as in HF.
func (d Differences) Err() error {
	const shown = 3
	var wrong []string
	for _, part := range []struct {
		title string
		items []string
	}{{"missing", d.Missing}, {"unexpected", d.Unexpected}, {"wrong shape:", d.Reshaped},
		{"not floating-point (what is quantized is to be converted back first):", d.Mistyped}} {
		if len(part.items) == 0 {
			continue
		}
		text := part.title + " " + strings.Join(part.items[:min(shown, len(part.items))], ", ")
		if more := len(part.items) - shown; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		wrong = append(wrong, text)
	}
	if len(wrong) == 0 {
		return nil
	}
	return usererror.New("the weights do not fit config.json: " + strings.Join(wrong, "; "))
}

func (d Differences) isLeftOut(name string) bool {
	_, found := slices.BinarySearch(d.LeftOut, name)
	return found
}

// Note says in one line what is left out; empty: nothing.
func (d Differences) Note() string {
	if len(d.LeftOut) == 0 {
		return ""
	}
	const shown = 3
	names := strings.Join(d.LeftOut[:min(shown, len(d.LeftOut))], ", ")
	if len(d.LeftOut) > shown {
		names += ", ..."
	}
	return fmt.Sprintf("left out %d tensors that are no weights of XGLM: %s", len(d.LeftOut), names)
}

// Compare finds what differs from the expected names and shapes.
// lm_head.weight may be there or not, in the embedding's shape. A nil table
// expects nothing.
func (c *Checkpoint) Compare(expected map[string][]int) Differences {
	var d Differences
	if expected == nil {
		return d
	}
	for _, name := range sortedKeys(expected) {
		if c.entries[name] == nil {
			d.Missing = append(d.Missing, name)
		}
	}
	for _, name := range c.names {
		shape, ok := expected[name]
		if name == LMHead {
			shape, ok = expected[EmbedTokens], true
		}
		switch e := c.entries[name]; {
		case !ok && !isBackbone(name):
			d.LeftOut = append(d.LeftOut, name)
		case !ok:
			d.Unexpected = append(d.Unexpected, e.source)
		case !slices.Equal(e.shape, shape):
			d.Reshaped = append(d.Reshaped, fmt.Sprintf("%s is %v, the config says %v", name, e.shape, shape))
		case !e.dtype.IsFloat():
			d.Mistyped = append(d.Mistyped, fmt.Sprintf("%s is %v", name, e.dtype))
		}
	}
	return d
}
