package train

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/training"
	"xpt/xglm"
)

// ExportAdapter writes the prompt, prefix or factors of a run, and its head, as a PEFT
// adapter that PeftModel.from_pretrained loads. dtype 0 keeps float32.
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
		return nil, fmt.Errorf("%s was trained with method %s, which PEFT has no form for; only prompt, prefix and lora become adapters", run, method.Name)
	}
	if r.Options.Checkpoint, err = Locate(r, run, checkpoint, true); err != nil {
		return nil, err
	}
	config, err := xglm.LoadConfig(r.Options.Checkpoint)
	if err != nil {
		return nil, err
	}
	a := &checkpoints.Adapter{Config: checkpoints.AdapterConfig{
		PeftType: method.peft.kinds[0], TaskType: "CAUSAL_LM", BaseModel: r.Options.Checkpoint,
	}}
	var saved []checkpoints.Tensor
	for _, name := range c.Names() {
		t, err := c.Tensor(name)
		if err == nil && dtype != 0 {
			t, err = t.As(dtype)
		}
		if err != nil {
			return nil, err
		}
		if name == headWeightName || name == headBiasName {
			a.Heads = append(a.Heads, t)
			a.Config.TaskType, a.Config.ModulesToSave = "FEATURE_EXTRACTION", []string{"classifier"}
		} else {
			saved = append(saved, t)
		}
	}
	method.peft.export(a, r.Options, config, saved)
	said, err := identityOf(r)
	if err != nil {
		return nil, err
	}
	learnt, err := json.Marshal(lessonsOf(r))
	if err != nil {
		return nil, err
	}
	a.Metadata = map[string]string{runKey: string(said), backboneKey: r.Backbone, lessonsKey: string(learnt)}
	a.Notes = adapterNotes(r, method.peft)
	return a, checkpoints.WriteAdapter(folder, a)
}

// ExportBackbone writes the backbone of a run of full fine-tuning as a checkpoint in
// HF's layout, or the run's checkpoint with what was trained merged into its weights, and the head beside it. Where
// no dtype is asked for the one is float32, which was trained, and the other keeps the checkpoint's. checkpoint, of which
// config.json and tokenizer are carried along, is the run's, empty where [Locate] finds it.
func ExportBackbone(ctx context.Context, run, folder, checkpoint string, o checkpoints.ConvertOptions) (*checkpoints.Conversion, error) {
	r, c, err := Trained(run)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	method, err := LookupMethod(r.Options.Method)
	if err != nil || !method.TrainsBackbone && method.merge == nil {
		return nil, fmt.Errorf("%s was trained with method %s, which leaves the backbone as it was; only full, lora and bitfit become a checkpoint", run, r.Options.Method)
	}
	if r.Options.Checkpoint, err = Locate(r, run, checkpoint, !method.TrainsBackbone); err != nil {
		return nil, err
	}
	config, err := xglm.LoadConfig(r.Options.Checkpoint)
	if err != nil {
		return nil, err
	}
	o.Expected, o.KeepHead, o.Config = config.Shapes(), !config.TieWordEmbeddings, r.Options.Checkpoint
	for _, name := range []string{headWeightName, headBiasName} {
		if !c.Has(name) {
			continue
		}
		t, err := c.Tensor(name)
		if err != nil {
			return nil, err
		}
		o.TaskHead = append(o.TaskHead, t)
	}
	if !method.TrainsBackbone {
		o.Merged = method.merge(r.Options, c)
		return checkpoints.Convert(ctx, r.Options.Checkpoint, folder, o)
	}
	for _, t := range o.TaskHead {
		o.Expected[t.Name] = t.Shape
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
	if r.Options.LabelsByWords {
		fmt.Fprintf(&b, "- There is no head: of the labels %s the one wins whose text the language model finds likeliest, which xpt makes of\n  the example and the label's word in language %s.\n",
			strings.Join(r.Labels, ", "), r.Options.Languages()[0])
	} else if len(r.Labels) > 0 {
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
