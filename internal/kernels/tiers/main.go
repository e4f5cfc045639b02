// Command tiers lists the tiers of processors that this machine can compute in,
// the lowest first: make test runs what computes once in each.
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
