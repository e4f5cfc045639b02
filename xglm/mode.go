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
	// Place is where the batch lies in a larger one, as the part of it that one of several processes computes: dropout falls
	// there as it does in the larger one. Zero: the batch is whole.
	Place Place
}

// Place is the place of a batch in a larger one, whose rows before it and after it are elsewhere.
type Place struct {
	Token   int // number of its first token
	Read    int // number of its first position that is read
	Tokens  int // of the larger batch
	Longest int // row of the larger batch, in tokens
}

// read is mode behind the selection of the positions that are read.
func (m Mode) read() Mode {
	m.Place.Token = m.Place.Read
	return m
}

// TrainingMode returns the mode with the dropout rates of the config.
func (c Config) TrainingMode() Mode {
	return Mode{Dropout: c.Dropout, AttentionDropout: c.AttentionDropout, ActivationDropout: c.ActivationDropout}
}
