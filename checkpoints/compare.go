package checkpoints

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Check compares names and shapes with those that the config asks for, and
// names everything missing, unexpected or of another shape. lm_head.weight may
// be there or not, in the embedding's shape. A nil table checks nothing.
func (c *Checkpoint) Check(expected map[string][]int) error {
	if err := c.Compare(expected).Err(); err != nil {
		return fmt.Errorf("%s: %w", c.path, err)
	}
	return nil
}

// Differences are what a checkpoint has other than its config asks for.
type Differences struct {
	Missing    []string `json:"missing,omitempty"`
	Unexpected []string `json:"unexpected,omitempty"` // the name in the file
	Reshaped   []string `json:"reshaped,omitempty"`   // with both shapes
}

// Err names the differences in one line; nil where there are none.
func (d Differences) Err() error {
	const shown = 5
	var wrong []string
	for _, part := range []struct {
		title string
		items []string
	}{{"missing", d.Missing}, {"unexpected", d.Unexpected}, {"wrong shape:", d.Reshaped}} {
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
	return errors.New("the weights do not fit config.json: " + strings.Join(wrong, "; "))
}

// Compare finds what differs from the expected names and shapes; nil expects nothing.
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
		if !ok {
			d.Unexpected = append(d.Unexpected, c.entries[name].source)
		} else if got := c.entries[name].shape; !slices.Equal(got, shape) {
			d.Reshaped = append(d.Reshaped, fmt.Sprintf("%s is %v, the config says %v", name, got, shape))
		}
	}
	return d
}
