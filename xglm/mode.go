package xglm

// Mode says how a forward runs. The zero value is inference.
type Mode struct {
	Dropout           float64 // probability of dropout on the embeddings and on what each sub-layer adds
	AttentionDropout  float64 // on attention weights
	ActivationDropout float64 // on the feed-forward activations
	AdapterDropout    float64 // on what the changes of an adapted model read (see Adaptation)
	// GradientCheckpointing keeps only the layers' inputs for the backward pass and computes the
	// rest again there (Chen et al., arXiv 1604.06174): less memory for a third more time.
	GradientCheckpointing bool
}

// TrainingMode returns the mode with the dropout rates of the config.
func (c Config) TrainingMode() Mode {
	return Mode{Dropout: c.Dropout, AttentionDropout: c.AttentionDropout, ActivationDropout: c.ActivationDropout}
}
