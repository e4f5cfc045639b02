package fit

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

const generated = "torch_api_generated.cpp.h"

var (
	ownLine   = regexp.MustCompile(`(?:^|/)` + regexp.QuoteMeta(generated) + `:(\d+):\d+:\s+(error:|required from here)`)
	anyError  = regexp.MustCompile(`^\S+:\d+(:\d+)?: (fatal )?error: `)
	newPlace  = regexp.MustCompile(`^\S+: (In|At) `)
	errorText = regexp.MustCompile(`error: .*`)
)

// attribute maps g++'s errors to the wrappers that do not compile: the index in blocks with the first error. An error inside
// another header belongs to the wrapper of the last "required from here" before it. An error of no wrapper is returned, not
// hidden by a stub.
func attribute(output string, blocks []block) (map[int]string, error) {
	owner := map[int]int{}
	for i, b := range blocks {
		for line := b.start; line <= b.end; line++ {
			owner[line] = i
		}
	}
	bad := map[int]string{}
	note := func(i int, line string) {
		if _, ok := bad[i]; !ok {
			bad[i] = errorText.FindString(line)
		}
	}
	requiredFrom := -1
	for _, line := range strings.Split(output, "\n") {
		if m := ownLine.FindStringSubmatch(line); m != nil {
			n, _ := strconv.Atoi(m[1])
			i, ok := owner[n]
			if !ok {
				return nil, fmt.Errorf("an error outside every wrapper: %s", line)
			}
			if m[2] == "error:" {
				note(i, line)
			} else {
				requiredFrom = i
			}
			continue
		}
		switch {
		case newPlace.MatchString(line):
			requiredFrom = -1
		case anyError.MatchString(line):
			if requiredFrom < 0 || strings.Contains(line, ": fatal error: ") {
				return nil, fmt.Errorf("an error that belongs to no wrapper: %s", line)
			}
			note(requiredFrom, line)
		}
	}
	if len(bad) == 0 {
		return nil, fmt.Errorf("the compiler failed without an error that can be attributed:\n%s", head(output, 10))
	}
	return bad, nil
}

// head returns the first n lines of text.
func head(text string, n int) string {
	lines := strings.SplitN(strings.TrimSpace(text), "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], "\n")
}
