package datasets

import "regexp"

const (
	splitGroup = `(?P<split>train|dev|test|val|valid|validation)`
	langGroup  = `(?P<lang>[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]+)*)`
	anyFolder  = `(?:.*/)?`
	anyNote    = `(?:\.[^/]+)?` // train-en.first100.tsv
)

// xtremeLayout is {split}-{lang}.tsv without a header; a note may stand before the ending.
func xtremeLayout(read reader) layout {
	return layout{
		name:    "XTREME's {split}-{lang}.tsv",
		pattern: regexp.MustCompile(`^` + anyFolder + splitGroup + `-` + langGroup + anyNote + `\.tsv$`),
		read:    read,
	}
}

// parquetLayouts are the folders of a Hugging Face data set, {lang}/{split}-00000-of-00001.parquet or (its automatic conversion)
// {lang}/{split}/0000.parquet, and single files {split}-{lang}.parquet. prefix is what the name of a configuration has before
// the language, as in PAN-X.en.
func parquetLayouts(prefix string) []layout {
	config := anyFolder + `(?:` + prefix + `)?(?P<lang>[A-Za-z]+(?:[-_][A-Za-z0-9]+)*)/`
	return []layout{
		{
			name:    "Hugging Face's {lang}/{split}-*.parquet",
			pattern: regexp.MustCompile(`^` + config + splitGroup + `(?P<shard>-\d+-of-\d+(?:-[0-9a-f]+)?|/\d+)?\.parquet$`),
			read:    examplesOf(parquetRows),
		},
		{
			name:    "{split}-{lang}.parquet",
			pattern: regexp.MustCompile(`^` + anyFolder + splitGroup + `-` + langGroup + `\.parquet$`),
			read:    examplesOf(parquetRows),
		},
	}
}

// treebankLayout is {lang}_{treebank}-ud-{split}.{ending}: the files of Universal Dependencies and what follows its names, a
// large split in several (train-a, train-b). The treebanks of one language are read one after the other, as XTREME does.
func treebankLayout(name, ending string, tagColumn int) layout {
	return layout{
		name:     name + " ({lang}_{treebank}-ud-{split}." + ending + ")",
		pattern:  regexp.MustCompile(`^` + anyFolder + `(?P<lang>[a-z]{2,3}_[a-z0-9]+)-ud-` + splitGroup + `(?:-[a-z0-9-]+)?` + anyNote + `\.` + ending + `$`),
		concat:   true,
		withheld: withheldTreebank,
		read:     treebankSentences(tagColumn),
	}
}

// folderLayout is {lang}/{split}.{ending}, the language written as lang says (a regular expression).
func folderLayout(lang, ending string, read reader) layout {
	return layout{
		name:    "{lang}/{split}." + ending,
		pattern: regexp.MustCompile(`^` + anyFolder + `(?P<lang>` + lang + `)/` + splitGroup + `\.` + ending + `$`),
		read:    read,
	}
}
