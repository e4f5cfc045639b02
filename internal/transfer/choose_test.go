package transfer

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestChooseLeavesOutWithheldText(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"ar_hidden-ud-test.conllu": "1\t_\t_\tNOUN\n\n",
		"en_open-ud-test.conllu":   "1\tUnder\t_\tADP\n\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	task := lookup(t, "udpos")
	c, err := Choose(task, dir, "", "all")
	if err != nil || c.Split != "test" || !slices.Equal(c.Languages, []string{"en"}) {
		t.Errorf("%+v, %v, want test in en", c, err)
	}
	if text := LeftOutText("udpos", c.Split, c.LeftOut); text != "left out, without test data of task udpos: ar (its files come without their text)" {
		t.Errorf("left out: %q", text)
	}
}

func TestChooseAmongTreebanks(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"en_ewt-ud-test", "en_pud-ud-test", "de_pud-ud-test", "fr_gsd-ud-dev"} {
		if err := os.WriteFile(filepath.Join(dir, name+".conllu"), []byte("1\tHo\t_\tINTJ\n\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	task := lookup(t, "udpos")
	for list, want := range map[string]string{
		"all": "[en_ewt en_pud de] left out, without test data of task udpos: fr (has dev)",
		"en":  "[en_ewt en_pud] ", "de,en_pud": "[de en_pud] ", "en_ewt+en_pud,de": "[en_ewt+en_pud de] ",
		"en_ewt+de":     "[]  en_ewt+de joins two languages",
		"English":       "[en_ewt en_pud] ",
		"en,en_pud":     "[en_ewt en_pud]  language en_pud is there twice",
		"en_ewt+en_gum": `[en_ewt+en_gum]  no test data of task udpos in language "en_gum"`,
	} {
		c, err := Choose(task, dir, "", list)
		got := fmt.Sprint(c.Languages, " ", LeftOutText("udpos", c.Split, c.LeftOut))
		if err != nil {
			got += " " + err.Error()
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", list, got, want)
		}
	}
}
