package train

import (
	"math"
	"strings"
	"testing"

	"xpt/training"
)

func TestResolveRefuses(t *testing.T) {
	for want, change := range map[string]func(*training.Options){
		"--method \"ia3\": use full":                     func(o *training.Options) { o.Method = "ia3" },
		"go with --method lora, not with prefix":         func(o *training.Options) { o.LoRARank = 8 },
		"go with --method lora, not with head":           func(o *training.Options) { o.Method, o.LoRARS = "head", true },
		"--lora-targets \"q_proj,q_proj\": list some of": func(o *training.Options) { o.Method, o.LoRATargets = "lora", "q_proj,q_proj" },
		"--lora-targets \"lm_head\"":                     func(o *training.Options) { o.Method, o.LoRATargets = "lora", "lm_head" },
		"--lora-bias \"some\": use none, all, lora_only": func(o *training.Options) { o.Method, o.LoRABias = "lora", "some" },
		"--lora-dropout 1":                               func(o *training.Options) { o.Method, o.LoRADropout = "lora", 1 },
		"--method lora has no prompt":                    func(o *training.Options) { o.Method, o.PromptLength = "lora", 5 },
		"--task: unknown task":                           func(o *training.Options) { o.Task = "squad" },
		"--data is missing":                              func(o *training.Options) { o.Data = "" },
		"--pool \"middle\"":                              func(o *training.Options) { o.Pool = "middle" },
		"has no prompt":                                  func(o *training.Options) { o.Method, o.PromptLength = "full", 5 },
		"--init text needs --init-text":                  func(o *training.Options) { o.Init = "text" },
		"--init-text goes with":                          func(o *training.Options) { o.InitText = "x" },
		"--epochs 0":                                     func(o *training.Options) { o.Epochs = 0 },
		"--learning-rate NaN":                            func(o *training.Options) { o.LearningRate = math.NaN() },
		"--warm-up 2":                                    func(o *training.Options) { o.WarmUp = 2 },
		"--accumulate 64":                                func(o *training.Options) { o.Accumulate = 64 },
		"--learning-rate 1e+30: expected at least 0 and at most 1000000": func(o *training.Options) { o.LearningRate = 1e30 },
		"are one, and these differ":                                      func(o *training.Options) { o.Method, o.LearningRate, o.HeadRate = "head", 1e-2, 1e-3 },
		"--from-scratch goes with":                                       func(o *training.Options) { o.FromScratch = true },
		"xcopa is for scoring":                                           func(o *training.Options) { o.Task = "xcopa" },
		"--reparametrise starts from its":                                func(o *training.Options) { o.Reparametrise, o.Init = 8, "zero" },
	} {
		o := training.Defaults()
		o.Checkpoint, o.Task, o.Method, o.Data = "c", "udpos", "prefix", "d"
		change(&o)
		if _, err := Resolve(o); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error = %v, want one line with %q", err, want)
		}
	}
}

// Resolving twice changes nothing: a resumed run is compared with its record so.
func TestResolveIsIdempotent(t *testing.T) {
	for _, method := range Methods() {
		for _, hidden := range []int{0, 8} {
			o := training.Defaults()
			o.Checkpoint, o.Task, o.Method, o.Data = "c", "udpos", method, "d"
			if method == "prompt" || method == "prefix" {
				o.Reparametrise = hidden
			}
			once, err := Resolve(o)
			if err != nil {
				t.Fatal(err)
			}
			if twice, err := Resolve(once); err != nil || twice != once {
				t.Errorf("%s: %+v, %v, want %+v", method, twice, err, once)
			}
			if once.LearningRate == 0 || once.HeadRate == 0 || once.HeadDecay < 0 {
				t.Errorf("%s: %+v", method, once)
			}
		}
	}
}

// Where only the head is trained either of the two rates is its own.
func TestHeadTakesEitherRate(t *testing.T) {
	for _, given := range []training.Options{{LearningRate: 0.5}, {HeadRate: 0.5}} {
		o := training.Defaults()
		o.Checkpoint, o.Task, o.Method, o.Data, o.LearningRate, o.HeadRate = "c", "udpos", "head", "d", given.LearningRate, given.HeadRate
		if got, err := Resolve(o); err != nil || got.LearningRate != 0.5 || got.HeadRate != 0.5 {
			t.Errorf("rates %v and %v, %v", got.LearningRate, got.HeadRate, err)
		}
	}
}

func TestRecipeHelpShowsTheirSettings(t *testing.T) {
	help := RecipeHelp()
	for _, want := range []string{
		"tu2022        --method prefix, xnli sib200: --prompt-length 32 --learning-rate 0.001 --epochs 30 --batch-size 16\n",
		"tu2022        --method prefix, pawsx: --prompt-length 16 --learning-rate 0.005 --epochs 30\n",
		"lester2021    --method prompt: --prompt-length 100 --init vocab --optimizer adafactor --learning-rate 0.3 ",
	} {
		if !strings.Contains(help, want) {
			t.Errorf("%s\nhas no line %q", help, want)
		}
	}
	if strings.Contains(help, "philippy2024  --method full") {
		t.Error("a recipe is shown for a method that it is not for")
	}
}

func TestRecipes(t *testing.T) {
	if got, err := RecipeDefaults("xtreme", "classification", "full"); err != nil || got.Epochs != 5 {
		t.Errorf("xtreme for texts of one's own: %d epochs, %v", got.Epochs, err)
	}
	got, err := RecipeDefaults("tu2022", "xnli", "prefix")
	if err != nil || got.PromptLength != 32 || got.LearningRate != 1e-3 || got.Epochs != 30 {
		t.Errorf("tu2022 for XNLI: %+v, %v", got, err)
	}
	if _, err := RecipeDefaults("lester2021", "xnli", "full"); err == nil || !strings.Contains(err.Error(), "is for --method prompt") {
		t.Errorf("lester2021 with fine-tuning: %v", err)
	}
	if _, err := RecipeDefaults("mine", "xnli", "full"); err == nil || !strings.Contains(err.Error(), "tu2022") {
		t.Errorf("an unknown recipe: %v", err)
	}
}

func TestSchedules(t *testing.T) {
	for _, c := range []struct {
		name string
		step int
		want float64
	}{
		{"linear", 0, 0}, {"linear", 1, 0.5}, {"linear", 2, 1}, {"linear", 6, 0.5}, {"linear", 10, 0},
		{"cosine", 2, 1}, {"cosine", 6, 0.5}, {"cosine", 10, 0}, {"constant", 1, 0.5}, {"constant", 9, 1},
	} {
		if got := schedule(c.name, c.step, 2, 10); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s at step %d = %v, want %v", c.name, c.step, got, c.want)
		}
	}
	if got := schedule("linear", 0, 0, 4); got != 1 {
		t.Errorf("without warm-up the first factor is %v", got)
	}
}

// A run that starts from another has no initialisation of its own, also when its options are resolved again.
func TestResolveFromARunIsIdempotent(t *testing.T) {
	for _, m := range methods {
		o := training.Defaults()
		o.Checkpoint, o.Task, o.Method, o.Data, o.From = "xglm", "udpos", m.Name, "data", "run"
		once, err := Resolve(o)
		if err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		if twice, err := Resolve(once); err != nil || twice != once {
			t.Errorf("%s: %+v, %v, want %+v", m.Name, twice, err, once)
		}
	}
}
