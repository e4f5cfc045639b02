// Package xpt adapts XGLM, a multilingual language model (Lin et al., arXiv 2112.10668), to tasks by
// soft prompts or fine-tuning, and computes with the result: labels, scores over languages, hidden
// states, log-probabilities, continuations. It is what the command xpt does, for Go programs.
//
// A checkpoint, with a PEFT adapter or a run where [Options] names one, is opened by [Open], what a
// training has left by [OpenRun]. The zero values of all options suit the machine: the first GPU, or
// the CPU with all of its cores, and bfloat16 where the hardware multiplies it.
//
//	m, err := xpt.Open("xglm-564M", xpt.Options{})
//	if err != nil {
//		return err
//	}
//	defer m.Close()
//	states, err := m.Embed(ctx, xpt.Texts("the cat sleeps", "die Katze schläft"), xpt.EmbedOptions{Pool: "mean"})
//
// Trainings are [Train] and [Resume]; they leave a run folder, which [OpenRun] opens for
// [Model.Predict] and [Model.Evaluate]. [Convert] writes checkpoints and runs for HuggingFace
// transformers and PEFT.
//
// # Contexts, errors, goroutines
//
// What takes long takes a context and ends with its error soon after it is cancelled; a training
// saves its state before. [IsUserError] tells errors that the caller can mend, such as a folder that
// is not there, from failures. Messages name settings as the command's flags do, such as
// --max-length for MaxLength.
//
// A [Model] may be used by any number of goroutines. Nothing of it changes, so calls run side by
// side, but [Model.Close], which waits for them; one call uses all cores by itself. Trainings of a
// process wait for one another, since libtorch has one generator of random numbers for all; models
// can be used meanwhile. Threads are the process's: the last [Compute] that was resolved says how
// many. Callbacks are called one at a time in a call, on its goroutine, and must not close its model.
//
// # Parts
//
// Signatures here hold Go values only. For models and heads of your own, with tensors, there are
// the packages xpt/xglm, xpt/softprompt and xpt/heads over xpt/libtorch.
//
// # Stability
//
// This is v0: names and signatures may still change between releases, also those of the packages
// above. What stays readable are the files: run folders, checkpoints, adapters. The options of
// trainings, their events, records and results are defined in xpt/internal/train and
// xpt/internal/transfer; fields may be added to all structs, so set them by name.
package xpt
