package train

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/training"
	"xpt/xglm"
)

// ExportAdapter writes the prompt or prefix of a run, and its head, as a PEFT
// adapter that PeftModel.from_pretrained loads. Both kinds are stored as they
// were trained, since PEFT uses them in the same place: an input prompt in the
// scaled space at positions 0 to P-1, a prefix as keys and values, and the text
// from position P on. dtype 0 keeps float32.
// checkpoint is the run's, empty where [Locate] finds it.
func ExportAdapter(run, folder, checkpoint string, dtype checkpoints.DType) (*checkpoints.Adapter, error) {
	r, c, err := Trained(run)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	method, err := LookupMethod(r.Options.Method)
	if err != nil {
		return nil, fmt.Errorf("method %w", err)
	}
	if method.peft.kinds == nil {
		return nil, fmt.Errorf("%s was trained with method %s, which leaves no prompt; only prompt and prefix become adapters", run, method.Name)
	}
	if r.Options.Checkpoint, err = Locate(r, run, checkpoint, true); err != nil {
		return nil, err
	}
	config, err := xglm.LoadConfig(r.Options.Checkpoint)
	if err != nil {
		return nil, err
	}
	a := &checkpoints.Adapter{Config: checkpoints.AdapterConfig{
		PeftType: method.peft.kinds[0], TaskType: "FEATURE_EXTRACTION", BaseModel: r.Options.Checkpoint,
		NumVirtualTokens: r.Options.PromptLength, TokenDim: config.DModel, NumLayers: config.NumLayers, NumAttentionHeads: config.AttentionHeads,
		EncoderHiddenSize: config.DModel, // of a prefix, PEFT's own default
	}}
	stored := func(name string) (checkpoints.Tensor, error) {
		t, err := c.Tensor(name)
		if err == nil && dtype != 0 {
			t, err = t.As(dtype)
		}
		return t, err
	}
	if a.Prompt, err = stored(checkpoints.PromptEmbeddings); err != nil {
		return nil, err
	}
	for _, name := range []string{headWeightName, headBiasName} {
		if !c.Has(name) { // a language model has no head of its own
			continue
		}
		t, err := stored(name)
		if err != nil {
			return nil, err
		}
		a.Heads = append(a.Heads, t)
		a.Config.ModulesToSave = []string{"classifier"}
	}
	if len(a.Heads) == 0 {
		a.Config.TaskType = "CAUSAL_LM"
	}
	said, err := identityOf(r)
	if err != nil {
		return nil, err
	}
	a.Metadata = map[string]string{runKey: string(said), backboneKey: r.Backbone}
	a.Notes = adapterNotes(r, method.peft)
	return a, checkpoints.WriteAdapter(folder, a)
}

// ExportBackbone writes the backbone of a fully fine-tuned run as a checkpoint in
// HF's layout, and its head beside it. checkpoint, of which config.json and tokenizer are carried along, is
// the run's, empty where [Locate] finds it.
func ExportBackbone(ctx context.Context, run, folder, checkpoint string, o checkpoints.ConvertOptions) (*checkpoints.Conversion, error) {
	r, c, err := Trained(run)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if method, err := LookupMethod(r.Options.Method); err != nil || !method.TrainsBackbone {
		return nil, fmt.Errorf("%s was trained with method %s, which leaves the backbone as it was; only full becomes a checkpoint", run, r.Options.Method)
	}
	if r.Options.Checkpoint, err = Locate(r, run, checkpoint, false); err != nil {
		return nil, err
	}
	config, err := xglm.LoadConfig(r.Options.Checkpoint)
	if err != nil {
		return nil, err
	}
	o.Expected, o.KeepHead, o.Config = config.Shapes(), !config.TieWordEmbeddings, r.Options.Checkpoint
	for _, name := range []string{headWeightName, headBiasName} {
		if c.Has(name) {
			o.TaskHead = append(o.TaskHead, name)
			o.Expected[name] = []int{len(r.Labels), config.DModel}
		}
	}
	if c.Has(headBiasName) {
		o.Expected[headBiasName] = []int{len(r.Labels)}
	}
	if o.DType == 0 { // what the run trained; the config carried along may say another
		o.DType = checkpoints.F32
	}
	return checkpoints.Convert(ctx, filepath.Join(run, bestFile), folder, o)
}

// IsRun tells whether a folder is a run's, readable or not.
func IsRun(folder string) bool {
	_, err := os.Lstat(filepath.Join(folder, recordFile))
	return err == nil
}

// Trained opens what a run trained and says how. The checkpoint is to be closed.
func Trained(run string) (training.Record, *checkpoints.Checkpoint, error) {
	r, err := readTrained(run)
	if err != nil {
		return r, nil, err
	}
	c, err := checkpoints.OpenFile(filepath.Join(run, bestFile))
	return r, c, err
}

// adapterNotes says what the files cannot: how the head is meant.
func adapterNotes(r training.Record, form peftForm) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s for XGLM, task %s\n\nTrained by xpt on `%s` in language %s.\n\n", form.kinds[0], r.Options.Task, r.Options.Checkpoint, r.TrainedIn())
	fmt.Fprintf(&b, "- %s\n", form.note)
	b.WriteString("- The text's positions begin at P. Pad on the right: PEFT places an input prompt before padding on the left, and the text then sees it.\n")
	if len(r.Labels) > 0 {
		fmt.Fprintf(&b, "- `base_model.classifier` [%d, d] scores the labels %s,\n", len(r.Labels), strings.Join(r.Labels, ", "))
		if task, err := datasets.Lookup(r.Options.Task); err == nil && task.TagsWords() {
			fmt.Fprintf(&b, "  from the final hidden state of the %s sub-token of each word.\n", r.Options.Pool)
		} else {
			b.WriteString("  from the final hidden state of the last token that is no padding.\n")
		}
		b.WriteString("  HF has no class with such a head: give the base model an attribute `classifier`, and PEFT loads it.\n")
	}
	return b.String()
}
