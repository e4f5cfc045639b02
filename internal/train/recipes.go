package train

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/internal/settings"
	"xpt/training"
)

// recipes are the settings of published work, as far as it states them, on top
// of the defaults.
var recipes = map[string]func(*training.Options) error{
	"tu2022":       tu2022,
	"philippy2024": philippy2024,
	"lester2021":   lester2021,
	"xtreme":       xtreme,
}

// Chosen resolves options of which isSet tells the ones that were given: they
// stand above those of the recipe that o names, and these above the defaults.
func Chosen(o training.Options, isSet func(name string) bool) (training.Options, error) {
	base, err := RecipeDefaults(o.Recipe, o.Task, o.Method)
	if err != nil {
		return o, err
	}
	settings.Overlay(&base, &o, isSet)
	return Resolve(base)
}

// RecipeDefaults returns the defaults with the settings of a recipe for a task
// and a method on top; recipe "" has none.
func RecipeDefaults(recipe, task, method string) (training.Options, error) {
	o := training.Defaults()
	o.Task, o.Method, o.Recipe = task, method, recipe
	if recipe == "" {
		return o, nil
	}
	apply, ok := recipes[recipe]
	if !ok {
		return o, fmt.Errorf("--recipe %q: use %s", recipe, strings.Join(slices.Sorted(maps.Keys(recipes)), ", "))
	}
	return o, apply(&o)
}

func only(o *training.Options, methods ...string) error {
	if !slices.Contains(methods, o.Method) {
		return fmt.Errorf("--recipe %s is for --method %s, not %s", o.Recipe, strings.Join(methods, " or "), o.Method)
	}
	return nil
}

// tu2022 is Tu, Xiong, Zhou: Prompt-Tuning Can Be Much Better Than
// Fine-Tuning on Cross-lingual Understanding (arXiv 2210.12360), stated for
// XNLI, PAWS-X and UDPOS on XLM-R; other sentence tasks take XNLI's and other
// tagging UDPOS's.
func tu2022(o *training.Options) error {
	tagging := tagsWords(o)
	o.MaxLength = 128
	if tagging {
		o.MaxLength = 152
	}
	if o.Method == Full.Name {
		o.LearningRate, o.HeadRate, o.Epochs = 2e-5, 2e-5, 2
		if tagging {
			o.Epochs = 5
		}
		return nil
	}
	o.Epochs = 30
	switch {
	case o.Task == "pawsx":
		o.LearningRate, o.BatchSize, o.PromptLength = 5e-3, 32, 16
	case tagging:
		o.LearningRate, o.BatchSize, o.PromptLength = 1e-2, 16, 16
	default:
		o.LearningRate, o.BatchSize, o.PromptLength = 1e-3, 16, 32
	}
	return only(o, Prefix.Name, Full.Name)
}

// philippy2024 is Philippy et al. on XGLM-564M with input prompts, 2024.
func philippy2024(o *training.Options) error {
	o.LearningRate, o.BatchSize, o.Epochs, o.WarmUp, o.PromptLength = 5e-3, 8, 20, 0.1, 10
	return only(o, Prompt.Name)
}

// lester2021 is Lester, Al-Rfou, Constant: The Power of Scale for
// Parameter-Efficient Prompt Tuning (arXiv 2104.08691).
func lester2021(o *training.Options) error {
	o.Optimizer, o.LearningRate, o.WeightDecay, o.Schedule, o.WarmUp = "adafactor", 0.3, 1e-5, "constant", 0
	o.BatchSize, o.Steps, o.PromptLength, o.Init = 32, 30000, 100, "vocab"
	return only(o, Prompt.Name)
}

// xtreme is the fine-tuning of XTREME (Hu et al., arXiv 2003.11080).
func xtreme(o *training.Options) error {
	o.LearningRate, o.HeadRate, o.MaxLength, o.BatchSize, o.Epochs, o.WarmUp, o.ClipNorm = 2e-5, 2e-5, 128, 32, 5, 0, 1
	if tagsWords(o) {
		o.Epochs = 10
	}
	return only(o, Full.Name)
}

func tagsWords(o *training.Options) bool {
	task, err := datasets.Lookup(o.Task)
	return err == nil && task.TagsWords()
}

// RecipeHelp lists what each recipe changes of the defaults, as flags.
func RecipeHelp() string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(recipes)) {
		for _, method := range Methods() {
			var order []string // of the settings
			tasks := map[string][]string{}
			for _, task := range []string{"xnli", "sib200", "pawsx", "udpos", "panx"} {
				o, err := RecipeDefaults(name, task, method)
				if err != nil {
					continue
				}
				changes := changes(o)
				if tasks[changes] == nil {
					order = append(order, changes)
				}
				tasks[changes] = append(tasks[changes], task)
			}
			for _, changes := range order {
				which := "--method " + method
				if len(order) > 1 {
					which += ", " + strings.Join(tasks[changes], " ")
				}
				fmt.Fprintf(&out, "  %-13s %s: %s\n", name, which, changes)
			}
		}
	}
	return out.String()
}

// changes are the flags that make o of the defaults.
func changes(o training.Options) string {
	base := training.Defaults()
	base.Task, base.Method, base.Recipe = o.Task, o.Method, o.Recipe
	was := map[string]any{}
	settings.Each(&base, func(field reflect.StructField, value reflect.Value) { was[field.Name] = value.Interface() })
	var flags []string
	settings.Each(&o, func(field reflect.StructField, value reflect.Value) {
		if v := value.Interface(); v != was[field.Name] {
			flags = append(flags, fmt.Sprintf("--%s %v", field.Tag.Get("flag"), v))
		}
	})
	return strings.Join(flags, " ")
}
