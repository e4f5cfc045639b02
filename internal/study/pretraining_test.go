package study

import (
	"testing"

	"xpt/xglm"
)

func TestPretraining(t *testing.T) {
	preset := func(size string) xglm.Config {
		c, err := xglm.Preset(size)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	mini, vocabulary := preset("564M"), preset("564M")
	mini.DModel, mini.NumLayers = 256, 8
	vocabulary.VocabSize = 16008
	for _, c := range []struct {
		key    string
		config xglm.Config
		name   string
		table  bool
	}{
		{auto, preset("564M"), "xglm", true}, {auto, preset("7.5B"), "xglm", true},
		{auto, preset("4.5B"), "unknown", false}, {auto, mini, "unknown", false}, {auto, vocabulary, "unknown", false},
		{"xglm", mini, "xglm", true}, {none, preset("564M"), "", false},
	} {
		table, name, err := (&File{Pretraining: c.key}).pretraining(c.config)
		if err != nil || name != c.name || (table != nil) != c.table {
			t.Errorf("%s of %d layers and %d tokens: %q with %d languages, %v; want %q", c.key, c.config.NumLayers, c.config.VocabSize, name, len(table), err, c.name)
		}
	}
}
