package fit

import (
	"fmt"
	"regexp"
	"strings"
)

// block is one wrapper function of gotch's generated C++ file.
type block struct {
	name       string
	start, end int // lines, from 1, both inclusive
}

var definition = regexp.MustCompile(`^(?:void|tensor|scalar|int|int64_t|double|bool) ?\*?(atg_\w+)\(.*\{$`)

// splitBlocks finds the wrappers in the lines of a file: each begins with a signature and ends with a line "}".
func splitBlocks(lines []string) ([]block, error) {
	var blocks []block
	open := false
	for i, line := range lines {
		m := definition.FindStringSubmatch(line)
		switch {
		case m != nil && open:
			return nil, fmt.Errorf("line %d: %s begins inside %s", i+1, m[1], blocks[len(blocks)-1].name)
		case m != nil:
			blocks = append(blocks, block{name: m[1], start: i + 1})
			open = true
		case line == "}" && open:
			blocks[len(blocks)-1].end = i + 1
			open = false
		}
	}
	if open {
		return nil, fmt.Errorf("%s has no end", blocks[len(blocks)-1].name)
	}
	if len(blocks) == 0 {
		return nil, fmt.Errorf("no wrapper functions found")
	}
	return blocks, nil
}

// stub replaces a wrapper in place by a function that reports its operation as missing; line numbers stay the same.
func stub(lines []string, b block) {
	signature := lines[b.start-1]
	result := " return 0;"
	if strings.HasPrefix(signature, "void ") {
		result = ""
	}
	for i := b.start; i <= b.end; i++ {
		lines[i-1] = ""
	}
	lines[b.start-1] = fmt.Sprintf(`%s torch_last_err = strdup("%s: not available in the installed libtorch");%s }`, signature, b.name, result)
}
