package main

// A sentence is first made as a meaning, in no language; each language then says it (language.go). This is what makes the
// corpus parallel: one meaning, one sentence per language.

// NP is who or what: a common noun, a pronoun, a person's or a company's name. The zero NP is none.
type NP struct {
	Noun, Adj   string
	Det         string // def, indef, this, every, num
	Num         string // with Det num
	Plural      bool
	Pron        string
	First, Last string // a person; Last may be empty
	Brand, Type string // a company
	And         *NP    // a second person
}

// Clause is one event, or with C one property.
type Clause struct {
	Mode     string // present, neg, future, copula, notcopula
	S        NP
	V        string
	O        NP
	A        string // adverb
	For      string // for whom
	Place    string // where; at most one of Place, In, From, At
	In, From string // a city
	At       NP     // a company
	C        string // adjective of a copula
	Very     bool
}

// Sentence is one clause, or two with a link: and, but, because, that.
type Sentence struct {
	First  Clause
	Link   string
	Second *Clause
}

func (n NP) none() bool { return n == NP{} }
