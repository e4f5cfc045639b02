package datasets

import "slices"

// xcopa is XCOPA (Ponti et al. 2020) with English COPA: which of two sentences is the cause, or the effect, of the premise?
// The language model scores the choices zero-shot.
var xcopa = Task{
	Name:     "xcopa",
	Kind:     MultipleChoice,
	Pair:     true,
	Parallel: true,
	Labels:   []string{"0", "1"},

	ignored: []string{"data-gmt"}, // machine translations into English

	layouts: slices.Concat(
		[]layout{{
			name:    "the original {split}.{lang}.jsonl",
			pattern: below(splitGroup + `[.-]` + langGroup + `\.jsonl`),
			read:    examplesOf(jsonLines),
		}},
		parquetLayouts(""),
	),
	columns: columns{
		id:      []string{"idx"},
		text:    []string{"premise"},
		pair:    []string{"question"},
		choices: []string{"choice1", "choice2"},
		label:   []string{"label"},
	},
	numbers: numbers{"label": {"0", "1"}},
}
