package main

import (
	"strings"
	"testing"
)

func TestEveryLanguageSaysEveryWord(t *testing.T) {
	w, langs, err := load()
	if err != nil {
		t.Fatal(err)
	}
	s := w.sampler(7, false)
	for range 3000 {
		m := s.sentence(nameTaste)
		p := s.pair(labels[s.r.IntN(3)])
		for _, l := range langs {
			l.sentence(m)
			l.sentence(Sentence{First: p.premise})
			l.sentence(Sentence{First: p.hypothesis})
			if l.err != nil {
				t.Fatal(l.err)
			}
		}
	}
	for _, l := range langs {
		for id := range langs[0].lx.entries {
			kind, _, _ := strings.Cut(id, " ")
			if _, ok := l.lx.entries[id]; !ok && kind != "word" {
				t.Errorf("%s.lex lacks %s", l.code, id)
			}
		}
	}
}

// Sentences whose form needs agreement, case, order or elision, as a grammar has them.
func TestGrammar(t *testing.T) {
	_, langs, err := load()
	if err != nil {
		t.Fatal(err)
	}
	book := NP{Noun: "book", Det: "def", Adj: "old"}
	letter := Clause{Mode: "present", S: NP{Noun: "child", Det: "def"}, V: "read", O: NP{Noun: "letter", Det: "indef", Adj: "old"}, A: "today"}
	denied := Clause{Mode: "neg", S: NP{Noun: "woman", Det: "def", Plural: true}, V: "buy", O: book}
	because := Sentence{First: Clause{Mode: "notcopula", S: NP{Noun: "door", Det: "this"}, C: "dirty"}, Link: "because",
		Second: &Clause{Mode: "future", S: NP{First: "anna"}, V: "wash", O: NP{Noun: "window", Det: "num", Num: "two", Plural: true}}}
	tests := []struct {
		lang, want string
		s          Sentence
	}{
		{"en", "The child reads an old letter today.", Sentence{First: letter}},
		{"de", "Das Kind liest heute einen alten Brief.", Sentence{First: letter}},
		{"es", "El niño lee hoy una carta vieja.", Sentence{First: letter}},
		{"fr", "L'enfant lit aujourd'hui une vieille lettre.", Sentence{First: letter}},
		{"fr", "Le bel oiseau ne dort pas à l'école.", Sentence{First: Clause{Mode: "neg", S: NP{Noun: "bird", Det: "def", Adj: "beautiful"}, V: "sleep", Place: "school"}}},
		{"ru", "Ребёнок сегодня читает старое письмо.", Sentence{First: letter}},
		{"el", "Το παιδί διαβάζει ένα παλιό γράμμα σήμερα.", Sentence{First: letter}},
		{"hi", "बच्चा आज एक पुरानी चिट्ठी पढ़ता है।", Sentence{First: letter}},
		{"tr", "Çocuk bugün eski bir mektup okuyor.", Sentence{First: letter}},
		{"sw", "Mtoto anasoma barua kuukuu leo.", Sentence{First: letter}},
		{"en", "The women do not buy the old book.", Sentence{First: denied}},
		{"de", "Die Frauen kaufen das alte Buch nicht.", Sentence{First: denied}},
		{"fr", "Les femmes n'achètent pas le vieux livre.", Sentence{First: denied}},
		{"ru", "Женщины не покупают старую книгу.", Sentence{First: denied}},
		{"hi", "औरतें पुरानी किताब नहीं ख़रीदती हैं।", Sentence{First: denied}},
		{"tr", "Kadınlar eski kitabı almıyor.", Sentence{First: denied}},
		{"sw", "Wanawake hawanunui kitabu kikuukuu.", Sentence{First: denied}},
		{"de", "Diese Tür ist nicht schmutzig, weil Anna zwei Fenster waschen wird.", because},
		{"es", "Esta puerta no está sucia porque Anna lavará dos ventanas.", because},
		{"fr", "Cette porte n'est pas sale parce qu'Anna lavera deux fenêtres.", because},
		{"ru", "Эта дверь не грязная, потому что Анна будет мыть два окна.", because},
		{"el", "Αυτή η πόρτα δεν είναι βρώμικη επειδή η Άννα θα πλύνει δύο παράθυρα.", because},
		{"hi", "यह दरवाज़ा गंदा नहीं है क्योंकि अन्ना दो खिड़कियाँ धोएगी।", because},
		{"tr", "Bu kapı kirli değil çünkü Anna iki pencere yıkayacak.", because},
		{"sw", "Mlango huu si mchafu kwa sababu Anna ataosha madirisha mawili.", because},
	}
	for _, c := range tests {
		for _, l := range langs {
			if l.code != c.lang {
				continue
			}
			if got := text(l.sentence(c.s)); got != c.want {
				t.Errorf("%s: %s\nwant %s", c.lang, got, c.want)
			}
		}
	}
}

func TestLexiconErrors(t *testing.T) {
	lx := &lexicon{paradigms: map[string]string{"reg": "~s"}}
	for _, bad := range []string{"@none:walk", "s=", "book/", "a__b"} {
		if _, err := lx.parseForms(bad, "NOUN"); err == nil {
			t.Errorf("%q is no form, and was read", bad)
		}
	}
	l := &language{code: "xx", lx: &lexicon{entries: map[string]entry{}}}
	l.say("noun", "unicorn", "S")
	if l.err == nil || !strings.Contains(l.err.Error(), "unicorn") {
		t.Errorf("a missing word gave %v", l.err)
	}
}
