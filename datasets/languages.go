package datasets

import (
	_ "embed"
	"regexp"
	"strings"
)

// languagesTSV has a line for each language: its code (ISO 639-1 if there is one), its other ISO 639-3 codes, FLORES-200's
// codes of members for a macrolanguage (arb for ar), and its English name.
//
//go:embed languages.tsv
var languagesTSV string

type languageTable struct {
	byISO3, byFlores, byName map[string]string // to the code
	names                    map[string]string // of the code
}

var languages = readLanguages()

func readLanguages() languageTable {
	t := languageTable{map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}}
	for _, line := range strings.Split(strings.TrimSpace(languagesTSV), "\n")[1:] {
		f := strings.Split(line, "\t")
		code, name := f[0], f[3]
		for _, iso := range strings.Fields(f[1]) {
			t.byISO3[iso] = code
		}
		for _, flores := range strings.Fields(f[2]) {
			t.byFlores[flores] = code
		}
		t.byName[strings.ToLower(name)] = code
		t.names[code] = name
	}
	return t
}

// secondScripts are the FLORES-200 codes of a language's second script, which stays in the code (zh-Hant).
var secondScripts = map[string]bool{
	"ace_Arab": true, "arb_Latn": true, "bjn_Arab": true, "kas_Deva": true,
	"knc_Arab": true, "min_Arab": true, "taq_Tfng": true, "zho_Hant": true,
}

var (
	floresCode   = regexp.MustCompile(`^([a-z]{3})_([A-Z][a-z]{3})$`)
	treebankCode = regexp.MustCompile(`^([a-z]{2,3})_[a-z0-9]+$`)
	plainCode    = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
)

// Language returns the code of a language: ISO 639-1, else 639-3, with the script if it is not the usual one. It accepts
// the names of data sets: en, eng, eng_Latn (FLORES-200), en_ewt (a treebank), English, Afrikans. Of joined treebanks
// (en_ewt+en_pud) it is the code of the first.
func Language(name string) (code string, ok bool) {
	name, _, _ = strings.Cut(name, "+")
	if m := floresCode.FindStringSubmatch(name); m != nil {
		code, ok := languages.byFlores[m[1]]
		if !ok {
			code = iso1(m[1])
		}
		if secondScripts[name] {
			code += "-" + m[2]
		}
		return code, true
	}
	if m := treebankCode.FindStringSubmatch(name); m != nil {
		return iso1(m[1]), true
	}
	if plainCode.MatchString(name) {
		base, rest, _ := strings.Cut(name, "-")
		if rest != "" {
			return iso1(base) + "-" + rest, true
		}
		return iso1(base), true
	}
	if name == "Afrikans" { // the spelling in the Hugging Face copy of XTREME
		return "af", true
	}
	code, ok = languages.byName[strings.ToLower(name)]
	return code, ok
}

// LanguageNames are the languages of a list that someone wrote, such as "EN, German,sw" or "en_ewt+en_pud": English names
// and codes in capitals become codes, names that data sets have stay as they are, and so do unknown ones.
func LanguageNames(list string) []string {
	names := strings.Split(list, ",")
	for i, name := range names {
		name = strings.TrimSpace(name)
		if code, ok := languages.byName[strings.ToLower(name)]; ok {
			name = code
		} else if lower := strings.ToLower(name); name == strings.ToUpper(name) && plainCode.MatchString(lower) {
			name = lower
		}
		names[i] = name
	}
	return names
}

func iso1(code string) string {
	if short, ok := languages.byISO3[code]; ok {
		return short
	}
	return code
}

// LanguageName is the English name of a language code, with the script or treebank in brackets, or the code itself if the
// table has no name.
func LanguageName(code string) string {
	if name, ok := languages.names[code]; ok {
		return name
	}
	at := strings.IndexAny(code, "-_")
	if at < 0 {
		return code
	}
	if name, ok := languages.names[code[:at]]; ok {
		return name + " (" + strings.ReplaceAll(code[at+1:], "+"+code[:at+1], "+") + ")"
	}
	return code
}
