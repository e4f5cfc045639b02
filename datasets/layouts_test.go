package datasets

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const fixtures = "../testdata/datasets/"

// TestLayouts reads every published layout and checks what came out: a line a row for texts ("text
// | pair = label"), a line a sentence for tags ("word/TAG word/TAG"), and the odd rows.
func TestLayouts(t *testing.T) {
	for _, c := range []struct {
		task, dir, split, lang string
		want                   []string
		odd                    []string // "line: part of what"
	}{
		{"xnli", "original", "dev", "de", []string{`17: Es regnet. | Er sagte: "Nein". = neutral`}, nil},
		{"xnli", "original", "dev", "en", []string{"18: It rains. | It is dry. = contradiction"}, []string{"4: without a label"}},
		{"xnli", "original/xnli", "train", "en", []string{"1: A bell rings . | Nothing can be heard . = contradiction"}, nil},
		{"xnli", "parquet", "dev", "en", []string{"1: Row 0. | A row. = entailment", "2: Row 1. | A row. = neutral", "3: Row 2. | A row. = contradiction"}, []string{"4: without a label"}},
		{"xnli", "parquet", "dev", "de", []string{"1: Row 0. | A row. = contradiction", "2: Row 1. | A row. = neutral"}, nil},
		{"xnli", "parquet", "test", "fr", []string{"1: Oui. |  = contradiction"}, []string{"1: empty sentence"}},
		{"pawsx", "original", "test", "de", []string{`7: Sie nannte es "Glück". | "Glück" nannte sie es. = 1`, "9: NS | Er ging. = 0"}, []string{"3: NS"}},
		{"pawsx", "parquet", "train", "en", []string{"0: First 0. | Second. = 0", "1: First 1. | Second. = 1", "2: First 2. | Second. = 0"}, nil},
		{"xnli", "translated", "train", "sw", []string{"1: Mvua inanyesha. | Ni kavu. = contradiction", "2: Aliondoka. | Alienda. = neutral"}, []string{"3: 4 tab-separated columns"}},
		{"pawsx", "translated", "train", "de", []string{"1: Er kam. | Er ging. = 0", "2: Sie sang. | Sang sie, ja. = 1"}, []string{`3: label "Und."`}},
		{"panx", "original", "dev", "sw", []string{"1: Nairobi/B-LOC ni/O mji/O"}, nil},
		{"panx", "parquet/xtreme", "test", "de", []string{"1: Anna/B-PER Lund/I-PER"}, []string{"2: sentence without words"}},
		{"udpos", "original", "test", "de_small+de_tiny", []string{"a1: Zu/ADP dem/DET See/NOUN", "b1: Hm/X ./PUNCT"}, []string{`3: "_" read as X`}},
		{"udpos", "original", "test", "de_tiny", []string{"b1: Hm/X ./PUNCT"}, []string{`3: "_" read as X`}},
		{"udpos", "parquet/xtreme", "test", "af", []string{"1: Hy/PRON slaap/VERB"}, nil},
		{"udpos", "parquet/universal_dependencies", "test", "fr", []string{"1: De/ADP le/DET pain/NOUN"}, []string{`1: multi-word token "Du"`}},
		{"udpos", "parquet/universal_dependencies", "test", "it", []string{"1: Piove/VERB"}, nil},
		{"uner", "original", "dev", "en", []string{"s1: Lima/B-LOC sings/O", "s2: Globex/O"}, []string{`7: "B-OTH" read as O`}},
		{"sib200", "original", "dev", "en", []string{`31: The sign said "closed". = travel`, "8: Ice floats. = science/technology"}, nil},
		{"sib200", "original", "dev", "eng_Latn", []string{`31: The sign said "closed". = travel`, "8: Ice floats. = science/technology"}, nil},
		{"sib200", "original", "dev", "zh-Hant", []string{"31: 牌子寫著關閉。 = travel"}, nil},
		{"masakhaner2", "original", "test", "ha", []string{"1: Kano/B-LOC ta/O yi/O Litinin/B-DATE", "2: Audu/B-PER"}, nil},
		{"masakhapos", "original", "train", "swa", []string{"1: Maji/NOUN ni/AUX uhai/NOUN"}, nil},
		{"xcopa", "original", "dev", "sw", []string{"5: Glasi ilianguka. | effect [Ilivunjika. Iliimba.] = 0"}, nil},
		{"xcopa", "parquet", "dev", "et", []string{"3: Sadas. | effect [Tee on märg. Tee on kuiv.] = 0"}, nil},
		{"classification", "own/texts", "train", "en", []string{"a: I like it. = good", "b: I do not. = bad"}, nil},
		{"classification", "own/texts", "test", "de", []string{"1: Nein. = bad", "2: Gern. = good"}, []string{"2: empty line"}},
		{"classification", "own/pairs", "train", "en", []string{"1: One. | Two. = 1", "2: One. | 1. = 0"}, nil},
		{"tagging", "own/tags", "train", "en", []string{"1: The/O cat/B-PET", "2: Tom/B-PET"}, nil},
		{"tagging", "own/tags", "test", "fr", []string{"1: Le/O chat/B-PET"}, nil},
	} {
		t.Run(strings.Join([]string{c.task, c.dir, c.split, c.lang}, " "), func(t *testing.T) {
			task, err := Open(c.task, fixtures+c.dir)
			if err != nil {
				t.Fatal(err)
			}
			examples, diag, err := task.LoadWithDiagnostics(fixtures+c.dir, c.split, c.lang)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range examples {
				got = append(got, show(e))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(c.want, "\n\t"))
			}
			if len(diag.Odd) != len(c.odd) {
				t.Fatalf("odd rows %v, want %v", diag.Odd, c.odd)
			}
			for i, want := range c.odd {
				line, what, _ := strings.Cut(want, ": ")
				if o := diag.Odd[i]; fmt.Sprint(o.Line) != line || !strings.Contains(o.What, what) {
					t.Errorf("odd row %v, want %s", o, want)
				}
			}
		})
	}
}

func show(e Example) string {
	var b strings.Builder
	fmt.Fprint(&b, e.ID, ":")
	if e.Text != "" {
		fmt.Fprint(&b, " ", e.Text)
		if e.Pair != "" || e.File != "" && strings.Contains(e.File, "xnli") {
			fmt.Fprint(&b, " | ", e.Pair)
		}
		if e.Choices != nil {
			fmt.Fprint(&b, " ", e.Choices)
		}
		fmt.Fprint(&b, " = ", e.Label)
	}
	for i, w := range e.Words {
		fmt.Fprint(&b, " ", w, "/", e.Tags[i])
	}
	return b.String()
}

func TestOpenCollectsLabels(t *testing.T) {
	for _, c := range []struct {
		name, dir string
		pair      bool
		want      []string
	}{
		{"classification", "own/texts", false, []string{"bad", "good"}},
		{"classification", "own/pairs", true, []string{"0", "1"}},
		{"tagging", "own/tags", false, []string{"B-PET", "O"}},
	} {
		task, err := Open(c.name, fixtures+c.dir)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(task.Labels, c.want) || task.Pair != c.pair {
			t.Errorf("%s in %s: labels %v, pair %v; want %v, %v", c.name, c.dir, task.Labels, task.Pair, c.want, c.pair)
		}
	}
}

func TestOtherTasksFoldersAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "panx/dev-en.tsv", "Oslo\tB-LOC\n")
	writeFile(t, dir, "files/dev-de.tsv", "Oslo\tPROPN\n")
	writeFile(t, dir, ".trash/dev-fr.tsv", "Oslo\tPROPN\n")
	writeFile(t, dir, "udpos", "a file, not the folder of that name")
	langs, err := task(t, "udpos").Languages(dir, "dev")
	if err != nil || !slices.Equal(langs, []string{"de"}) {
		t.Errorf("languages %v (%v), want de alone", langs, err)
	}
}

func TestTreebankInSeveralFiles(t *testing.T) {
	dir := t.TempDir()
	for _, part := range []string{"a", "b-1", "b-2"} {
		writeFile(t, dir, "cs_big-ud-train-"+part+".conllu", "# sent_id = "+part+"\n1\tJo\t_\tINTJ\n\n")
	}
	examples, _ := load(t, "udpos", dir, "train", "cs")
	if len(examples) != 3 || examples[0].ID != "a" || examples[2].ID != "b-2" {
		t.Errorf("%d sentences, want those of the three files in order: %+v", len(examples), examples)
	}
}

func TestLinkedFolders(t *testing.T) {
	elsewhere, dir := t.TempDir(), t.TempDir()
	writeFile(t, elsewhere, "dev-en.tsv", "Oslo\tPROPN\n")
	if err := os.Symlink(elsewhere, filepath.Join(dir, "udpos")); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(dir, filepath.Join(dir, "circle")); err != nil {
		t.Fatal(err)
	}
	load(t, "udpos", dir, "dev", "en")
	if survey, err := Look(filepath.Join(dir, "udpos"), ""); err != nil || len(survey.Parts) != 1 {
		t.Errorf("survey of a linked folder: %+v, %v", survey, err)
	}
	if survey, err := Look(dir, ""); err != nil || len(survey.Parts) != 1 {
		t.Errorf("survey of a folder with links: %+v, %v", survey, err)
	}
}

func TestTreebankOddRows(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "cs_big-ud-train.conllu", "1\tJo\t_\tINTJ\n1-2\tna\t_\t_\n1\tNa\t_\tADP\n2\t\t_\tX\n2.1\tx\t_\tX\n\n")
	examples, diag := load(t, "udpos", dir, "train", "cs")
	const number = "word %d of the sentence has the number %d: is the empty line between two sentences missing?"
	want := []Odd{{What: fmt.Sprintf(number, 2, 1), Line: 3}, {What: fmt.Sprintf(number, 3, 2), Line: 4}, {What: "empty word", Line: 4}}
	for i := range want {
		want[i].File, want[i].Kept = filepath.Join(dir, "cs_big-ud-train.conllu"), true
	}
	if len(examples) != 1 || !slices.Equal(diag.Odd, want) {
		t.Errorf("%d sentences, odd %+v", len(examples), diag.Odd)
	}
}

// A link that leads back adds nothing to a treebank, whose files are parts of one split.
func TestTreebankBesideALinkBack(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "ud/cs_big-ud-train.conllu", "1\tJo\t_\tINTJ\n\n")
	if err := os.Symlink("..", filepath.Join(dir, "ud", "up")); err != nil {
		t.Skip(err)
	}
	if examples, _ := load(t, "udpos", dir, "train", "cs"); len(examples) != 1 {
		t.Errorf("%d sentences, want the one", len(examples))
	}
}

func TestTwoFilesOfOneName(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "a/dev-en.tsv", "Oslo\tPROPN\n")
	writeFile(t, dir, "b/dev-en.tsv", "Oslo\tPROPN\n")
	if _, err := task(t, "udpos").Load(dir, "dev", "en"); err == nil || !strings.Contains(err.Error(), "name the folder of one") {
		t.Errorf("two files for one split: %v", err)
	}
}

func TestLanguage(t *testing.T) {
	for name, want := range map[string]string{
		"en": "en", "eng_Latn": "en", "English": "en", "en_ewt": "en", "swa": "sw", "swh_Latn": "sw", "zho_Hans": "zh",
		"zho_Hant": "zh-Hant", "arb_Latn": "ar-Latn", "arb_Arab": "ar", "ary_Arab": "ary", "quy_Latn": "qu", "als": "als",
		"als_Latn": "sq", "Afrikans": "af", "yue_Hant": "yue", "zh_gsdsimp": "zh", "pt-BR": "pt-BR",
	} {
		if got, ok := Language(name); got != want || !ok {
			t.Errorf("Language(%q) = %q, %v; want %q", name, got, ok, want)
		}
	}
	if code, ok := Language("data"); ok {
		t.Errorf("a folder name passes as language %q", code)
	}
	for code, want := range map[string]string{"zh-Hant": "Chinese (Hant)", "en_ewt": "English (ewt)", "en_ewt+en_pud": "English (ewt+pud)", "xx_a": "xx_a"} {
		if got := LanguageName(code); got != want {
			t.Errorf("name of %s: %q, want %s", code, got, want)
		}
	}
}
