package checkpoints

import "testing"

func TestCanonicalNames(t *testing.T) {
	for _, test := range []struct{ embedding, name, want string }{
		{"model.embed_tokens.weight", "model.layers.0.fc1.bias", "model.layers.0.fc1.bias"},
		{"embed_tokens.weight", "layers.11.self_attn.k_proj.weight", "model.layers.11.self_attn.k_proj.weight"},
		{"embed_tokens.weight", "layer_norm.bias", "model.layer_norm.bias"},
		{"module.model.embed_tokens.weight", "module.model.layers.1.final_layer_norm.weight", "model.layers.1.final_layer_norm.weight"},
		{"module.model.embed_tokens.weight", "module.lm_head.weight", "lm_head.weight"},
		{"model.embed_tokens.weight", "ema.layers.0.fc1.bias", "ema.layers.0.fc1.bias"}, // not the backbone's
		{"model.embed_tokens.weight", "classifier.weight", "classifier.weight"},
		{"model.embed_tokens.weight", "layers.0.other.weight", "layers.0.other.weight"},
		{"my_embed_tokens.weight", "layer_norm.bias", "model.layer_norm.bias"}, // no prefix: it does not end in a dot
	} {
		prefix := wrapperPrefix([]string{test.embedding, test.name})
		if got := canonicalName(test.name, prefix); got != test.want {
			t.Errorf("beside %s, %s is %s, want %s", test.embedding, test.name, got, test.want)
		}
	}
	if prefix := wrapperPrefix([]string{"a.embed_tokens.weight", "b.embed_tokens.weight"}); prefix != "" {
		t.Errorf("two models have the prefix %q", prefix)
	}
}

func TestLong(t *testing.T) {
	for text, want := range map[string]any{
		"": int64(0), "\x05": int64(5), "\xfb": int64(-5), "\x00\xff": int64(-256), "\xff\x00": int64(255),
		"\xff\xff\xff\xff\xff\xff\xff\x7f":     int64(1<<63 - 1),
		"\xff\xff\xff\xff\xff\xff\xff\xff\x00": bigInt("\xff\xff\xff\xff\xff\xff\xff\xff\x00"),
	} {
		if got, err := long(text, nil); got != want || err != nil {
			t.Errorf("%x is %v, want %v", text, got, want)
		}
	}
}
