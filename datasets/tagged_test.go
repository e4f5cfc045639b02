package datasets

import (
	"fmt"
	"strings"
	"testing"
)

// readTagged is what a file of a task comes to: its sentences, and what was odd.
func readTagged(t *testing.T, name, file, content string) (sentences, odd []string, err error) {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, dir, file, content)
	opened, err := Open(name, dir)
	if err != nil {
		return nil, nil, err
	}
	examples, diag, err := opened.LoadWithDiagnostics(dir, "dev", "sw")
	if err != nil {
		return nil, nil, err
	}
	for _, e := range examples {
		var words []string
		for i, word := range e.Words {
			if e.Tags != nil {
				word += "/" + e.Tags[i]
			}
			words = append(words, word)
		}
		sentences = append(sentences, strings.Join(words, "|"))
	}
	for _, o := range diag.Odd {
		odd = append(odd, fmt.Sprintf("%d: %s", o.Line, o.What))
	}
	return sentences, odd, nil
}

func TestTaggedColumns(t *testing.T) {
	const conll, xtreme, masakhane = "dev-sw.conll", "dev-sw.tsv", "swa/dev.txt"
	for name, c := range map[string]struct {
		task, file, content string
		sentences, odd      string
	}{
		"word and tag":           {"masakhaner2", masakhane, "Nile B-LOC\nfloods O\n", "Nile/B-LOC|floods/O", ""},
		"tabs":                   {"masakhaner2", masakhane, "Nile\tB-LOC\nfloods\tO\n", "Nile/B-LOC|floods/O", ""},
		"four columns":           {"masakhaner2", masakhane, "Nile NNP B-NP B-LOC\nfloods VBZ B-VP O\n", "Nile/B-LOC|floods/O", ""},
		"four, with tabs":        {"panx", xtreme, "Nile\tNNP\tB-NP\tB-LOC\nthe east\tVBZ\tB-VP\tO\n", "Nile/B-LOC|the east/O", ""},
		"several spaces":         {"masakhaner2", masakhane, "Nile   B-LOC\nfloods O \n", "Nile/B-LOC|floods/O", ""},
		"spaces for XTREME":      {"panx", xtreme, "Nile B-LOC\nfloods O\n", "Nile/B-LOC|floods/O", ""},
		"a word with a space":    {"masakhaner2", masakhane, "Addis Ababa B-LOC\nfloods O\n", "Addis Ababa/B-LOC|floods/O", `1: word "Addis Ababa" with spaces`},
		"a number with a space":  {"udpos", xtreme, "1 000\tNUM\nboats\tNOUN\n", "1 000/NUM|boats/NOUN", ""},
		"no tags":                {"udpos", xtreme, "boats\n1 000\nsail\n", "boats|1 000|sail", ""},
		"documents":              {"tagging", conll, "-DOCSTART- -X- -X- O\n\nNile NNP B-NP B-LOC\n\n-DOCSTART-\n\nMount NNP I-NP B-LOC\nrises VBZ B-VP O\n", "Nile/B-LOC Mount/B-LOC|rises/O", ""},
		"documents, tabs":        {"panx", xtreme, "-DOCSTART-\tO\n\nNile\tB-LOC\n-DOCSTART-\tO\nfloods\tO\n", "Nile/B-LOC floods/O", ""},
		"documents, no tags":     {"panx", xtreme, "-DOCSTART-\n\nNile\n", "Nile", ""},
		"comments":               {"tagging", conll, "# id 1\nNile B-LOC\nfloods O\n\n# sent_id = 2\n# text = # one\n# O\n#one O\n", "Nile/B-LOC|floods/O #/O|#one/O", ""},
		"comments with tabs":     {"tagging", conll, "# id 52\tdomain=news\nNile _ _ B-LOC\nfloods _ _ O\n", "Nile/B-LOC|floods/O", ""},
		"comments beside tabs":   {"udpos", xtreme, "# id 1\nboats\tNOUN\n\n#\tSYM\n#1\tNUM\n", "boats/NOUN #/SYM|#1/NUM", ""},
		"CoNLL-2012":             {"tagging", conll, "#begin document (a/b); part 000\nNile B-LOC\nfloods O\n#end document\n#begin document (c); part 001\n\n#one O\n# #\n#end document\n", "Nile/B-LOC|floods/O #one/O|#/#", ""},
		"CoNLL-2012, tabs":       {"panx", xtreme, "Nile\tB-LOC\n#end document\n#begin document (c); part 001\nfloods\tO\n", "Nile/B-LOC floods/O", ""},
		"CoNLL-2012, no tags":    {"panx", xtreme, "#begin document (c); part 001\nNile\n#end document\n", "Nile", ""},
		"comment or word":        {"tagging", conll, "# SYM\nNile B-LOC\nfloods O\n", "Nile/B-LOC|floods/O", `1: taken for a comment, since "SYM" is the tag of no other row`},
		"comments in between":    {"tagging", conll, "Nile B-LOC\n# two more words\n# text = floods\nfloods O\n# SYM\n#one O\n", "Nile/B-LOC|floods/O|#/SYM|#one/O", ""},
		"CR LF and a mark":       {"panx", xtreme, "\ufeffNile\tB-LOC\r\nfloods\tO\r\n\r\n", "Nile/B-LOC|floods/O", ""},
		"two empty lines":        {"panx", xtreme, "Nile\tB-LOC\n\n\nfloods\tO\n", "Nile/B-LOC floods/O", "3: empty line that ends no sentence"},
		"one word three times":   {"tagging", conll, "ha UH O\nha UH O\nha UH O\n\nNile NNP B-LOC\nfloods VBZ O\n", "ha/O|ha/O|ha/O Nile/B-LOC|floods/O", ""},
		"a sentence that counts": {"tagging", conll, "1 CD O\n2 CD O\n3 CD O\n\nNile NNP B-LOC\nfloods VBZ O\n", "1/O|2/O|3/O Nile/B-LOC|floods/O", ""},
		"words that count":       {"tagging", conll, "1 O\n2 O\n3 O\n", "1/O|2/O|3/O", ""},
		"text withheld":          {"udpos", xtreme, "_\tNOUN\n_\tVERB\n\n_\tSYM\nfloods\tVERB\n", "_/SYM|floods/VERB", "1: sentence without its text: every word is _"},
	} {
		sentences, odd, err := readTagged(t, c.task, c.file, c.content)
		if err != nil || strings.Join(sentences, " ") != c.sentences || strings.Join(odd, "; ") != c.odd {
			t.Errorf("%s: %q, odd %q, %v, want %q, odd %q", name, sentences, odd, err, c.sentences, c.odd)
		}
	}
}

func TestTaggedColumnsRefuse(t *testing.T) {
	for name, c := range map[string]struct{ task, file, content, want string }{
		"columns of another number": {"tagging", "dev-sw.conll", "Nile NNP B-NP B-LOC\nfloods VBZ O\nnow RB B-ADVP O\n", `dev-sw.conll:2: line "floods VBZ O": 3 columns: expected 4, as in most lines`},
		"tabs of another number":    {"tagging", "dev-sw.conll", "Nile\tB-LOC\nfloods\tVBZ\tO\nnow\tO\n", "dev-sw.conll:2: "},
		"a tag is missing":          {"panx", "dev-sw.tsv", "Nile\tB-LOC\nfloods\t\nnow\tO\n", `dev-sw.tsv:2: line "floods\t": expected a word and its tag`},
		"a tag too many":            {"panx", "dev-sw.tsv", "Nile\nfloods O\nnow\n", `dev-sw.tsv:2: line "floods O": expected a word without a tag`},
		"CoNLL-2012":                {"tagging", "dev-sw.conll", "#begin document (bc/a); part 000\nbc/a 0 0 Nile NNP (TOP* - (0)\nbc/a 0 1 floods VBZ * - -\nbc/a 0 2 now RB *) - -\n\n", `dev-sw.conll:2: the first column is "bc/a" for every word`},
		"CoNLL-U":                   {"tagging", "dev-sw.conll", "# sent_id = 1\n1-2\tIn the\t_\n1\tIn\tADP\n2\tthe\tDET\n2.1\t_\t_\n3\teast\tNOUN\n\n1\tfloods\tVERB\n", "dev-sw.conll:2: the first column counts the words"},
		"counted from 0":            {"panx", "dev-sw.tsv", "0\tNile\tB-LOC\n1\tfloods\tO\n2\tnow\tO\n", "dev-sw.tsv:1: the first column counts the words"},
		"CR alone":                  {"panx", "dev-sw.tsv", "Nile\tB-LOC\rfloods\tO\r", "dev-sw.tsv:1: lines end in CR alone"},
		"a CR in the line":          {"panx", "dev-sw.tsv", "Nile\tB-LOC\rfloods\tO\nnow\tO\n", "dev-sw.tsv:1: a carriage return inside the line"},
		"UTF-16":                    {"panx", "dev-sw.tsv", "\xff\xfeN\x00\t\x00O\x00\n\x00", "dev-sw.tsv:1: the text is UTF-16"},
	} {
		sentences, _, err := readTagged(t, c.task, c.file, c.content)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q, %v, want an error with %q", name, sentences, err, c.want)
		}
	}
}

func TestTaggedRecords(t *testing.T) {
	const content = `{"id": null, "words": ["-DOCSTART-"], "tags": ["O"]}
{"words": ["Nile", "floods"], "tags": ["B-LOC", "O"]}
{"words": ["_", "_"], "tags": ["O", "O"]}
{"words": ["_", "!"], "tags": ["O", "O"]}
`
	sentences, odd, err := readTagged(t, "tagging", "dev-sw.jsonl", content)
	if err != nil || strings.Join(sentences, " ") != "Nile/B-LOC|floods/O _/O|!/O" {
		t.Errorf("%q, %v", sentences, err)
	}
	if want := "1: -DOCSTART-, which parts documents; 3: sentence without its text: every word is _"; strings.Join(odd, "; ") != want {
		t.Errorf("odd rows %q, want %s", odd, want)
	}
}

// Universal Dependencies has treebanks whose text is not theirs to publish.
func TestTreebankWithoutText(t *testing.T) {
	const withheld = "# sent_id = a\n1-2\t_\t_\t_\n1\t_\t_\tNOUN\n2\t_\t_\tVERB\n\n# sent_id = b\n1\t_\t_\tX\n\n"
	dir := t.TempDir()
	writeFile(t, dir, "ar_hidden-ud-test.conllu", withheld)
	if _, err := task(t, "udpos").Languages(dir, "test"); err == nil || !strings.Contains(err.Error(), "every word of ar is _") {
		t.Errorf("languages of a treebank without its text: %v", err)
	}
	if _, err := task(t, "udpos").Load(dir, "test", "ar"); err == nil || !strings.Contains(err.Error(), "no examples in the file: line 3: sentence without its text") {
		t.Errorf("a treebank without its text: %v", err)
	}
	survey, err := Look(dir, "")
	if err != nil || len(survey.Parts) != 1 || survey.Parts[0].Examples != 0 || len(survey.Parts[0].Odd) != 2 {
		t.Errorf("survey %+v, %v, want no example and two odd sentences", survey, err)
	}
	writeFile(t, dir, "en_open-ud-test.conllu", "1\tUnder\t_\tADP\n2\t_\t_\tSYM\n\n")
	writeFile(t, dir, "en_hidden-ud-test.conllu", withheld)
	if languages, err := task(t, "udpos").Languages(dir, "test"); err != nil || fmt.Sprint(languages) != "[en]" {
		t.Errorf("languages %v, %v, want en, which has text in one of two treebanks", languages, err)
	}
	if _, out, err := task(t, "udpos").Split(dir, "test"); err != nil || fmt.Sprint(out) != "[{ar its files come without their text}]" {
		t.Errorf("left out: %v, %v, want ar", out, err)
	}
	examples, diag := load(t, "udpos", dir, "test", "en")
	if len(examples) != 1 || strings.Join(examples[0].Words, " ") != "Under _" || len(diag.Odd) != 2 {
		t.Errorf("%+v, odd %v, want the sentence with text", examples, diag.Odd)
	}
}
