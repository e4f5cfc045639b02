// Package xpt adapts XGLM, a multilingual language model (Lin et al., arXiv 2112.10668), to tasks by
// soft prompts, LoRA or fine-tuning, and computes with the result: labels, scores over languages, hidden
// states, log-probabilities, continuations. It is what the command xpt does, for Go programs.
//
// [Open] loads a checkpoint, with a PEFT adapter or a run where [Options] names one. Zero options suit
// the machine: the first GPU, or the CPU with all of its cores, and bfloat16 where the hardware
// multiplies it.
//
//	m, err := xpt.Open("xglm-564M", xpt.Options{})
//	if err != nil {
//		return err
//	}
//	defer m.Close()
//	states, err := m.Embed(ctx, xpt.Texts("the cat sleeps", "die Katze schläft"), xpt.EmbedOptions{Pool: "mean"})
//
// [Train] leaves a run folder, which [Resume] continues and [OpenRun] opens for [Model.Predict] and
// [Model.Evaluate]. [Convert] writes checkpoints and runs for HuggingFace transformers and PEFT.
//
// # Contexts, errors, goroutines
//
// A call whose context is cancelled ends soon with the context's error; a training saves its state
// first. [IsUserError] tells errors that the caller can mend, such as a folder that is not there, from
// failures. Messages name settings by the command's flags, such as --max-length for MaxLength.
//
// Any number of goroutines may use a [Model]: its weights stay as they are, and calls run side by
// side. [Model.Close] waits for them. One call uses all threads by itself, so that calls side by side
// are not faster together. Trainings of a process wait for one another, since libtorch has one random
// number generator; models can be used meanwhile. The number of threads is the process's: the last
// [Compute] sets it. A call's callbacks run on its goroutine, one at a time, and must not close the
// model.
//
// # Several processes
//
// [JoinRanks] meets the processes that torchrun, Slurm or Kubernetes started beside this one. With its result in
// [Compute] they share trainings, evaluations, predictions and scores, whose results are one process's.
//
// # Parts
//
// Signatures here hold Go values only: package xpt/training has a training's settings, events and
// record, xpt/metrics the results, xpt/datasets the tasks, xpt/checkpoints the files. The packages
// xpt/xglm, xpt/softprompt and xpt/heads over xpt/libtorch are for models, heads and trainings of
// your own, with tensors.
//
// # Stability
//
// This is v0: names and signatures may change between releases, here and in the packages above. Files
// stay readable: run folders, checkpoints, adapters. Structs may get more fields, so set them by name.
package xpt
