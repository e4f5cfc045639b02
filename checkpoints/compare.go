package checkpoints

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"xpt/internal/usererror"
)

// Differences are the differences of a checkpoint from its config.
type Differences struct {
	Missing    []string `json:"missing,omitempty"`
	Unexpected []string `json:"unexpected,omitempty"` // names of the backbone, as in the file
	Reshaped   []string `json:"reshaped,omitempty"`   // with both shapes
	Mistyped   []string `json:"mistyped,omitempty"`   // not floating-point, with the type
	LeftOut    []string `json:"left_out,omitempty"`   // canonical names of tensors that are not XGLM's, sorted
}

// Err lists the differences in one line; nil without any. As in HF, tensors left out are no error.
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

// Note lists the tensors left out in one line; empty without any.
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

// Compare compares the tensors with the expected names and shapes. lm_head.weight is optional, with the embedding's shape. A
// nil table compares nothing.
func (c *Checkpoint) Compare(expected map[string][]int) Differences {
	var d Differences
	if expected == nil {
		return d
	}
	for _, name := range slices.Sorted(maps.Keys(expected)) {
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
