package transfer

import (
	"os"
	"path/filepath"
	"slices"
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
	split, languages, err := Choose(task, dir, "", "all")
	if err != nil || split != "test" || !slices.Equal(languages, []string{"en"}) {
		t.Errorf("%s in %v, %v, want test in en", split, languages, err)
	}
	if text, err := LeftOut(task, dir, split); err != nil || text != "test data of task udpos is left out in ar: its files come without their text" {
		t.Errorf("left out: %q, %v", text, err)
	}
}
