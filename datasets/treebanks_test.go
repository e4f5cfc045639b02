package datasets

import (
	"slices"
	"strings"
	"testing"
)

// Treebanks of one language differ in genre and annotators: none is read together with another unless that is asked.
func TestSeveralTreebanksOfALanguage(t *testing.T) {
	dir := t.TempDir()
	for _, bank := range []string{"en_ewt", "en_pud", "de_pud"} {
		writeFile(t, dir, "ud/"+bank+"-ud-test.conllu", "# sent_id = "+bank+"\n1\tHo\t_\tINTJ\n\n")
	}
	udpos := task(t, "udpos")
	if rows, err := udpos.Languages(dir, "test"); err != nil || !slices.Equal(rows, []string{"en_ewt", "en_pud", "de"}) {
		t.Errorf("rows %v, %v", rows, err)
	}
	if _, err := udpos.Load(dir, "test", "en"); err == nil || !strings.Contains(err.Error(), "en has several treebanks, en_ewt, en_pud: name one, or join them as en_ewt+en_pud") {
		t.Errorf("a language with two treebanks: %v", err)
	}
	for name, want := range map[string]string{"en_ewt": "en_ewt", "en_pud+en_ewt": "en_pud en_ewt", "de": "de_pud"} {
		var ids []string
		examples, _ := load(t, "udpos", dir, "test", name)
		for _, x := range examples {
			ids = append(ids, x.ID)
		}
		if strings.Join(ids, " ") != want {
			t.Errorf("%s is %v, want %s", name, ids, want)
		}
	}
}

func TestLeftOutNamesSplits(t *testing.T) {
	dir := t.TempDir()
	for _, file := range []string{"train-en", "dev-en", "dev-fr", "test-de"} {
		writeFile(t, dir, file+".tsv", "Oslo\tPROPN\n")
	}
	_, out, err := task(t, "udpos").Split(dir, "test")
	if want := []LeftOut{{"en", "has train, dev"}, {"fr", "has dev"}}; err != nil || !slices.Equal(out, want) {
		t.Errorf("left out %v, %v, want %v", out, err, want)
	}
}

// What xpt data shows as a task's is what eval and train read of it, and what they pass over is marked.
func TestLookMarksWhatIsNotRead(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "udpos/dev-en.tsv", "Oslo\tPROPN\n")
	writeFile(t, dir, "ud/en_ewt-ud-dev.conllu", "1\tHo\t_\tINTJ\n\n")
	writeFile(t, dir, "ud/th_pud-ud-test.conllu", "1\tHo\t_\tINTJ\n\n")
	writeFile(t, dir, "more/udpos/dev-fr.tsv", "Oslo\tPROPN\n")
	writeFile(t, dir, "dev-de.tsv", "Oslo\tPROPN\n")
	survey, err := Look(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range survey.Parts {
		if p.Task != "udpos" {
			t.Errorf("%s is taken for %s", p.File, p.Task)
		}
		got[strings.TrimPrefix(p.File, dir+"/")] = strings.ReplaceAll(p.Unread, dir+"/", "")
	}
	for file, want := range map[string]string{
		"udpos/dev-en.tsv": "", "ud/th_pud-ud-test.conllu": "",
		"ud/en_ewt-ud-dev.conllu": "udpos/dev-en.tsv is read instead",
		"dev-de.tsv":              "another folder is named after the task, and is read instead",
		"more/udpos/dev-fr.tsv":   "another folder is named after the task, and is read instead",
	} {
		if unread, there := got[file]; !there || unread != want {
			t.Errorf("%s: %q, want %q", file, unread, want)
		}
	}
	if languages, err := task(t, "udpos").Languages(dir, "test"); err != nil || !slices.Equal(languages, []string{"th"}) {
		t.Errorf("test languages %v, %v, want th from the folder ud", languages, err)
	}
}
