package train

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/libtorch"
	"xpt/tokenize"
	"xpt/training"
	"xpt/xglm"
)

// Method is one way to adapt a backbone to a task: a value in a file of its own, listed in methods.
//
// What a method changes of the layers themselves it says by its adapter's Adapt.
type Method struct {
	// Name is what --method and files call it.
	Name string
	// TrainsBackbone says that the backbone's own weights are trained: a run saves all of them.
	TrainsBackbone bool
	// ChangesStates says that hidden states differ from those of the pretrained model.
	ChangesStates bool

	// defaults fills in the settings that depend on the method where they are zero.
	defaults func(o *training.Options)
	// check refuses settings that do not go with the method.
	check func(o training.Options, task datasets.Task) error
	// start makes what is trained beside the head, before the first step.
	start func(o training.Options, m *xglm.Model, t *tokenize.Tokenizer, rng *rand.Rand) (adapter, error)
	// open makes it of the tensors that a run with these options saved.
	open func(o training.Options, m *xglm.Model, saved *checkpoints.Checkpoint) (adapter, error)
	// peft is its form as an adapter of PEFT; zero where there is none.
	peft peftForm
	// merge says what the checkpoint's tensors become, by name, with what a run trained; nil where that cannot be merged.
	merge func(o training.Options, saved *checkpoints.Checkpoint) map[string]checkpoints.Merge
}

// peftForm is what an adapter of PEFT says of a method.
type peftForm struct {
	kinds []string // peft_type: the one that is written first, then others that are read
	note  string   // on its tensors, lines of the folder's README.md
	open  func(m *xglm.Model, folder string) (adapter, error)
	// export gives a what a run with these options trained beside its head, of the tensors that it saved.
	export func(a *checkpoints.Adapter, o training.Options, config xglm.Config, saved []checkpoints.Tensor)
}

// adapter is what a method trains beside the head.
type adapter interface {
	// Parameters are the trained tensors, float32.
	Parameters() []xglm.Parameter
	// Adapt is m with what the adapter changes of its layers; m itself for nothing.
	Adapt(m *xglm.Model) *xglm.Model
	// Past is the KV cache that every row sees; nil for none. Gradients flow from it to Parameters.
	Past(s *libtorch.Scope, m *xglm.Model, mode xglm.Mode) *xglm.Past
	// Saved are the tensors that a run keeps, by their names in its file.
	Saved(s *libtorch.Scope) []xglm.Parameter
	// Free releases what the adapter owns.
	Free()
}

var methods = []Method{Full, Prompt, Prefix, LoRA, BitFit, Head}

// Methods lists the names of all methods.
func Methods() (names []string) {
	for _, m := range methods {
		names = append(names, m.Name)
	}
	return names
}

// LookupMethod returns the method of a name.
func LookupMethod(name string) (Method, error) {
	for _, m := range methods {
		if m.Name == name {
			return m, nil
		}
	}
	return Method{}, fmt.Errorf("%q: use %s", name, strings.Join(Methods(), ", "))
}

// openPEFT reads an adapter of PEFT by the method of its peft_type.
func openPEFT(m *xglm.Model, folder string) (adapter, error) {
	kind, err := checkpoints.PeftType(folder)
	if err != nil {
		return nil, err
	}
	var known []string
	for _, method := range methods {
		if slices.Contains(method.peft.kinds, kind) {
			return method.peft.open(m, folder)
		}
		known = append(known, method.peft.kinds...)
	}
	return nil, fmt.Errorf("%s: peft_type is %q, and xpt opens %s", folder, kind, strings.Join(known, ", "))
}

// refusePrompt refuses the settings of soft prompts for a method without one.
func refusePrompt(o training.Options) error {
	if o.PromptLength != 0 || o.Init != "" || o.InitText != "" || o.Reparametrise != 0 {
		return fmt.Errorf("--method %s has no prompt: --prompt-length, --init, --init-text and --reparametrise do not go with it", o.Method)
	}
	return nil
}
