package datasets

import "regexp"

const (
	splitGroup = `(?P<split>train|dev|test|val|valid|validation)`
	langGroup  = `(?P<lang>[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]+)*)`
	anyFolder  = `(?:.*/)?`
	anyNote    = `(?:\.[^/]+)?` // train-en.first100.tsv
)

// below compiles a pattern of paths in any folder.
func below(pattern string) *regexp.Regexp { return regexp.MustCompile(`^` + anyFolder + pattern + `$`) }

// xtremeLayout is {split}-{lang}.tsv without a header, with an optional note before the ending.
func xtremeLayout(read reader) layout {
	return layout{
		name:    "XTREME's {split}-{lang}.tsv",
		pattern: below(splitGroup + `-` + langGroup + anyNote + `\.tsv`),
		read:    read,
	}
}

// parquetLayouts are the folders of a Hugging Face data set, {lang}/{split}-00000-of-00001.parquet or (its automatic conversion)
// {lang}/{split}/0000.parquet, and single files {split}-{lang}.parquet. A configuration's name may have prefix before the
// language, as in PAN-X.en.
func parquetLayouts(prefix string) []layout {
	config := `(?:` + prefix + `)?(?P<lang>[A-Za-z]+(?:[-_][A-Za-z0-9]+)*)/`
	return []layout{
		{
			name:    "Hugging Face's {lang}/{split}-*.parquet",
			pattern: below(config + splitGroup + `(?P<shard>-\d+-of-\d+(?:-[0-9a-f]+)?|/\d+)?\.parquet`),
			read:    examplesOf(parquetRows),
		},
		{
			name:    "{split}-{lang}.parquet",
			pattern: below(splitGroup + `-` + langGroup + `\.parquet`),
			read:    examplesOf(parquetRows),
		},
	}
}

// treebankLayout is {lang}_{treebank}-ud-{split}.{ending}: the files of Universal Dependencies and data sets named like them,
// a large split in several files (train-a, train-b). As in XTREME, a language's treebanks are concatenated.
func treebankLayout(name, ending string, tagColumn int) layout {
	return layout{
		name:     name + " ({lang}_{treebank}-ud-{split}." + ending + ")",
		pattern:  below(`(?P<lang>[a-z]{2,3}_[a-z0-9]+)-ud-` + splitGroup + `(?:-[a-z0-9-]+)?` + anyNote + `\.` + ending),
		concat:   true,
		withheld: withheldTreebank,
		read:     treebankSentences(tagColumn),
	}
}

// folderLayout is {lang}/{split}.{ending}; lang is a regular expression.
func folderLayout(lang, ending string, read reader) layout {
	return layout{
		name:    "{lang}/{split}." + ending,
		pattern: below(`(?P<lang>` + lang + `)/` + splitGroup + `\.` + ending),
		read:    read,
	}
}
