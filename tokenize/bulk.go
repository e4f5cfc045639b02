package tokenize

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// EncodeAll encodes texts on all cores (GOMAXPROCS), in order.
func (t *Tokenizer) EncodeAll(texts []string) []Encoded {
	return parallel(texts, func(_ int, text string) Encoded { return t.Encode(text) })
}

// parallel maps f over in on all cores, in blocks.
func parallel[In, Out any](in []In, f func(int, In) Out) []Out {
	const block = 64
	out := make([]Out, len(in))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (len(in)+block-1)/block) {
		wg.Go(func() {
			for {
				from := int(next.Add(block)) - block
				if from >= len(in) {
					return
				}
				for i := from; i < min(from+block, len(in)); i++ {
					out[i] = f(i, in[i])
				}
			}
		})
	}
	wg.Wait()
	return out
}
