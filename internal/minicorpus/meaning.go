package main

// A sentence is sampled as a meaning without a language; each language generates its sentence from the meaning (language.go),
// which makes the corpus parallel.

// NP is a noun phrase: a common noun, a pronoun, a person's or a company's name; the zero NP is none.
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

// Clause is an event, or with C a property.
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

// Sentence is a clause, or two with a link: and, but, because, that.
type Sentence struct {
	First  Clause
	Link   string
	Second *Clause
}

func (n NP) none() bool { return n == NP{} }
