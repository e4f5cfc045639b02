package metrics

// LanguageResult is how predictions do in one language.
type LanguageResult struct {
	Code     string  `json:"language"`
	Examples int     `json:"examples"`
	Scores   []Score `json:"scores"`
	Majority []Score `json:"majority"` // of the best constant prediction
	Classes  []Class `json:"classes"`

	ByExample []Counts   `json:"-"` // of the main metric
	Predicted [][]string `json:"-"` // per example its label, or one per word
}
