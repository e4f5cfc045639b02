package ranks

import (
	"fmt"
	"strings"
)

// firstDifference names the first fact that differs from rank 0's, with both values; empty: none.
func firstDifference(of0, other string) string {
	were := strings.Split(strings.TrimSpace(of0), "\n")
	are := strings.Split(strings.TrimSpace(other), "\n")
	for i := range max(len(were), len(are)) {
		if i >= len(were) || i >= len(are) {
			return "list of what is compared than rank 0: both must run the same xpt, and the same command"
		}
		if were[i] == are[i] {
			continue
		}
		var name, was, is string
		fmt.Sscanf(were[i], "%q %q", &name, &was)
		fmt.Sscanf(are[i], "%q %q", &name, &is)
		return fmt.Sprintf("%s than rank 0: %s, not %s", name, is, was)
	}
	return ""
}
