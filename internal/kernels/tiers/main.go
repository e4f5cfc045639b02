// Command tiers lists the tiers of this processor, the lowest first. make test runs the tests of computing packages in each.
package main

import (
	"fmt"

	"xpt/internal/kernels"
)

func main() {
	for _, tier := range kernels.Tiers() {
		fmt.Println(tier)
	}
}
