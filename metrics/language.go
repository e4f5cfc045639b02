package metrics

// LanguageResult is how predictions do in one language, or in one of its treebanks.
type LanguageResult struct {
	Code     string   `json:"language"`
	Files    []string `json:"files,omitempty"` // of the examples, below the data folder
	Seen     string   `json:"seen,omitempty"`  // what the run knows of the examples; empty: they are held out
	Examples int      `json:"examples"`
	Of       int      `json:"of,omitempty"` // examples that the files have, where fewer were drawn
	Scores   []Score  `json:"scores"`
	Majority []Score  `json:"majority"` // of the best constant prediction
	Classes  []Class  `json:"classes"`

	Calibration *Calibration `json:"calibration,omitempty"` // nil where likelihoods were compared

	ByExample []Counts   `json:"-"` // of the main metric
	Predicted [][]string `json:"-"` // per example its label, or one per word
	// Probabilities are, per example, those of the task's labels or, of tagged words, that of each
	// word's predicted tag; nil where likelihoods were compared.
	Probabilities [][]float64 `json:"-"`
}
