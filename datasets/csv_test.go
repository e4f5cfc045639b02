package datasets

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xpt/internal/plaintext"
)

func writeCSV(t *testing.T, text string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "train-en.csv"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestCSV(t *testing.T) {
	for name, text := range map[string]string{
		"commas":     "text,label\n\"a, \"\"b\"\"\nc\",x\r\nplain,y\n",
		"semicolons": "text;label\n\"a, \"\"b\"\"\nc\";x\nplain;y\n",
		"spaces":     "text , label\n\"a, \"\"b\"\"\nc\",x\nplain,y\n",
		"a mark":     "\ufefftext,label\n\"a, \"\"b\"\"\nc\",x\nplain,y",
	} {
		examples, err := task(t, "classification").Load(writeCSV(t, text), "train", "en")
		if err != nil || len(examples) != 2 || examples[0].Text != "a, \"b\"\nc" || examples[0].Label != "x" || examples[1].Text != "plain" || examples[1].Line != 4 {
			t.Errorf("%s: %+v, error %v", name, examples, err)
		}
	}
}

func TestCSVRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"text,label\na,x\nb, c,y\n":                              `train-en.csv:3: 3 columns: expected the 2 of the header (text, label); a text with a comma is written in double quotes`,
		"text,label\na \"word\",x\n":                             `train-en.csv:2: a double quote inside a field`,
		"text,label\nb,y\n\"a \"word\",x\n":                      `train-en.csv:3: a field that a double quote opens is not closed`,
		"text,label\nb,y\n\"a,x\nb,y\n":                          `train-en.csv:3: a field that a double quote opens is not closed`,
		"text,label\n\"" + strings.Repeat("a\n", 1<<20) + "\",x": fmt.Sprintf("train-en.csv:1: after this line a row has more than %d bytes", plaintext.LongestLine),
		"text,text\na,x\n":                                       "train-en.csv:1: two columns have one name: text, text",
		"a cat,animal\na car,thing\n":                            "train-en.csv:2: no column with the text: expected text or sentence or sentence1 or premise or text1, found a cat, animal; the first line names the columns",
	} {
		_, err := task(t, "classification").Load(writeCSV(t, text), "train", "en")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: error %v, want %q", text, err, want)
		}
	}
}

func TestLanguageNames(t *testing.T) {
	for list, want := range map[string]string{
		"EN": "[en]", "English": "[en]", "de, en": "[de en]", "GERMAN,sw": "[de sw]", "eng_Latn": "[eng_Latn]", "en_ewt+en_pud": "[en_ewt+en_pud]",
		"zh-Hant": "[zh-Hant]", "all": "[all]", "Klingon": "[Klingon]", "": "[]", "en,,de": "[en  de]",
	} {
		if got := fmt.Sprint(LanguageNames(list)); got != want {
			t.Errorf("%q: %s, want %s", list, got, want)
		}
	}
}
