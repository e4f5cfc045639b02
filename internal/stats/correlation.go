package stats

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Correlation is Spearman's rank correlation with its two-sided p-value and a 95 % interval.
type Correlation struct {
	N   int     `json:"n"`
	Rho float64 `json:"rho"`
	P   float64 `json:"p"` // by Student's t with n - 2 degrees of freedom, as scipy has it

	// By Fisher's z with the variance of Bonett & Wright (2000), (1 + rho^2/2) / (n - 3).
	Interval
}

// Spearman correlates the ranks of x and y; equal values share their mean rank.
func Spearman(x, y []float64) (Correlation, error) {
	n := len(x)
	switch {
	case n != len(y):
		return Correlation{}, fmt.Errorf("correlation of %d with %d values", n, len(y))
	case n < 4:
		return Correlation{}, fmt.Errorf("correlation of %d pairs: at least 4 are needed", n)
	case constant(x) || constant(y):
		return Correlation{}, errors.New("correlation with values that are all equal")
	}
	rho := stat.Correlation(ranks(x), ranks(y), nil)
	rho = max(-1, min(1, rho))
	c := Correlation{N: n, Rho: rho, Interval: Interval{rho, rho}}
	if math.Abs(rho) == 1 {
		return c, nil
	}
	t := math.Abs(rho) * math.Sqrt(float64(n-2)/(1-rho*rho))
	c.P = 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - 2)}.Survival(t)
	half := distuv.UnitNormal.Quantile(0.975) * math.Sqrt((1+rho*rho/2)/float64(n-3))
	c.Low, c.High = math.Tanh(math.Atanh(rho)-half), math.Tanh(math.Atanh(rho)+half)
	return c, nil
}

func constant(values []float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return v != values[0] })
}

// ranks gives the rank of each value, from 1; equal values get the mean of their ranks.
func ranks(values []float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(values[i], values[j]) })
	ranks := make([]float64, len(values))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = float64(from+1+to) / 2
		}
		from = to
	}
	return ranks
}
