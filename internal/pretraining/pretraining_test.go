package pretraining

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestXGLM(t *testing.T) {
	p := XGLM()
	count := map[Tier]int{}
	for code := range p {
		count[p.Tier(code)]++
	}
	if len(p) != 30 || count[High] != 12 || count[Middle] != 8 || count[Low] != 10 {
		t.Errorf("%d languages in tiers %v, want 30 as 12 high, 8 middle, 10 low", len(p), count)
	}
	for code := range p {
		if p[code].BillionTokens > p["en"].BillionTokens {
			t.Errorf("largest language %s, want en", code)
		}
	}
	for name, want := range map[string]Tier{
		"en": High, "eng_Latn": High, "zh-Hant": High, "zho_Hans": High, "swh_Latn": Low, "swa": Low, "et": Middle, "quy_Latn": Low,
		"yo": Unseen, "af": Unseen, "ary": Unseen, "en_pud": High, "?": Unseen,
	} {
		if got := p.Tier(name); got != want {
			t.Errorf("tier of %s: %s, want %s", name, got, want)
		}
	}
	if got := p.BillionTokens("sw"); got != 0.908 {
		t.Errorf("tokens of sw: %v", got)
	}
	if p.BillionTokens("he") != 0 {
		t.Error("Hebrew has tokens")
	}
}

// The tasks' languages that XGLM saw: all of XNLI's and PAWS-X's, 27 of PAN-X's 40, 24 of UDPOS's
// 33.
func TestXGLMCoverageOfXTREME(t *testing.T) {
	p := XGLM()
	for _, c := range []struct {
		task, languages string
		all, seen       int
	}{
		{"xnli", "ar bg de el en es fr hi ru sw th tr ur vi zh", 15, 15},
		{"pawsx", "de en es fr ja ko zh", 7, 7},
		{"panx", "ar he vi id jv ms tl eu ml ta te af nl en de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw yo my zh kk tr et fi hu", 40, 27},
		{"udpos", "af ar bg de el en es et eu fa fi fr he hi hu id it ja kk ko mr nl pt ru ta te th tl tr ur vi yo zh", 33, 24},
	} {
		languages := strings.Fields(c.languages)
		seen := 0
		for _, l := range languages {
			if p.Tier(l) != Unseen {
				seen++
			}
		}
		if len(languages) != c.all || seen != c.seen {
			t.Errorf("%s: %d of %d languages seen, want %d of %d", c.task, seen, len(languages), c.seen, c.all)
		}
	}
}

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "table.tsv")
	header := "language\tbillion_tokens\ttier\n"
	for _, c := range []struct{ content, want string }{
		{header + "English\t2\thigh\nyor\t0.001\tlow\n", ""},
		{"lang\ttokens\n", "table.tsv:1:"},
		{"", "table.tsv:1:"},
		{header + "Klingonish\t1\tlow\n", `table.tsv:2: "Klingonish"`},
		{header + "en\t0\thigh\n", "table.tsv:2:"},
		{header + "en\tmany\thigh\n", `table.tsv:2: "many"`},
		{header + "en\t1\tgreat\n", `tier "great"`},
		{header + "en\t1\n", "table.tsv: record on line 2"},
	} {
		if err := os.WriteFile(path, []byte(c.content), 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := Read(path)
		if c.want == "" {
			if err != nil || p.Tier("en") != High || p.BillionTokens("yo") != 0.001 {
				t.Errorf("%q: %v, %v", c.content, p, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.content, err, c.want)
		}
	}
}
