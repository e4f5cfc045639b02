package xglm

import "fmt"

// PositionRule says how HuggingFace numbers the tokens of a padded row; the zero value is ByColumn.
type PositionRule string

const (
	// ByColumn numbers columns, whatever the mask says: what HuggingFace's forward does unless
	// position_ids are given. Text behind left padding is shifted by it.
	ByColumn PositionRule = "arange"
	// ByMask numbers the tokens that the mask shows, cumsum(mask) - 1: what HuggingFace's generate
	// does. Padding then changes nothing.
	ByMask PositionRule = "mask"
)

// ParsePositionRule reads arange or mask.
func ParsePositionRule(name string) (PositionRule, error) {
	switch r := PositionRule(name); r {
	case ByColumn, ByMask:
		return r, nil
	}
	return "", fmt.Errorf("unknown position rule %q: use arange or mask", name)
}

// Unpad finds the tokens of a padded row: the columns that mask shows (nonzero), and each one's
// position by the rule. Hidden columns take no part in anything that a shown one computes, so a
// packed row of the shown tokens at these positions gives what HuggingFace gives for the padded
// row.
func Unpad(mask []int, rule PositionRule) (columns, positions []int) {
	for column, shown := range mask {
		if shown == 0 {
			continue
		}
		at := column
		if rule == ByMask {
			at = len(columns)
		}
		columns, positions = append(columns, column), append(positions, at)
	}
	return columns, positions
}
