"""Writes the small data sets of this folder: every format that the datasets package reads, with its oddities.

    python make.py          # writes into the folder of this script

The sentences are this project's own. Files are written as bytes, since line endings and quoting are part of what is tested.
"""
import pathlib

HERE = pathlib.Path(__file__).parent


def write(path, text):
    path = HERE / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)


def tsv(rows, end="\n"):
    return "".join("\t".join(row) + end for row in rows)


def csv_field(text):
    """The quoting of CSV writers: only where needed, own quotes doubled."""
    return '"' + text.replace('"', '""') + '"' if '"' in text or "\t" in text else text


def tagged(sentences, sep="\t", end="\n"):
    return "".join("".join(w + sep + t + end for w, t in s) + end for s in sentences)


# Sentence pairs in XTREME's layout.
write("xtreme/xnli/train-en.tsv", tsv([
    ["The cook bought nine pears.", "Somebody bought fruit.", "entailment"],
    ["The cook bought nine pears.", "The cook sold the pears again.", "neutral"],
    ['"No," said the cook.', "The cook agreed.", "contradictory"],
]))
write("xtreme/xnli/dev-en.tsv", tsv([["A dog sleeps.", "An animal rests.", "entailment"]]))
write("xtreme/xnli/dev-de.tsv", "\ufeff" + tsv([
    ["Ein Hund schläft.", "Ein Tier ruht.", "entailment"],
    ["Ein Hund schläft.", "", "neutral"],
], end="\r\n") + "\r\n" + tsv([["NS", "Ein Hund bellt.", "contradiction"]], end="\r\n"))
write("xtreme/xnli/test-sw.tsv", tsv([["Mbwa analala.", "Mnyama anapumzika."]]))  # no labels, as XTREME publishes them
write("xtreme/pawsx/dev-fr.tsv", tsv([
    [csv_field('Le chat "Minou" dort.'), csv_field('"Minou" est un chat qui dort.'), "1"],
    ['"Ouvert mais pas fermé', 'Il dit "" sans rien dire.', "0"],  # looks quoted, is not
]))

# Tagged sentences in XTREME's layout.
write("xtreme/udpos/dev-en.tsv", tagged([
    [("Small", "ADJ"), ("rivers", "NOUN"), ("freeze", "VERB"), (".", "PUNCT")],
    [("1 000", "NUM"), ("boats", "NOUN")],
]))
write("xtreme/udpos/dev-fr.tsv", "\n" + tagged([[("Il", "PRON"), ("neige", "VERB")]], end="\r\n") + "\r\nOui\tINTJ")
write("xtreme/panx/dev-de.tsv", tagged([
    [("de:Anna", "B-PER"), ("de:Lund", "I-PER"), ("de:reist", "O")],
    [("de:\u200b", "O"), ("de:Bonn", "B-LOC")],
]))
write("xtreme/panx/dev-en.tsv", tagged([[("en:", "O"), ("Oslo", "B-LOC")]]))

# XNLI as first published: all languages in one file, parse columns between; the training data by language.
header = ["language", "gold_label", "sentence1_parse", "sentence1", "sentence2", "pairID", "genre"]
write("original/xnli/XNLI-1.0/xnli.dev.tsv", tsv([
    header,
    ["de", "neutral", "(ROOT)", "Es regnet.", 'Er sagte: "Nein".', "17", "letters"],
    ["en", "contradiction", "(ROOT)", "It rains.", "It is dry.", "18", "letters"],
    ["en", "-", "(ROOT)", "It rains.", "It is Monday.", "19", "letters"],
]))
write("original/xnli/XNLI-MT-1.0/multinli/multinli.train.en.tsv", tsv([
    ["premise", "hypo", "label"],
    ["A bell rings .", "Nothing can be heard .", "contradictory"],
]))
write("original/paws-x/x-final/de/test_2k.tsv", tsv([
    ["id", "sentence1", "sentence2", "label"],
    ["7", csv_field('Sie nannte es "Glück".'), csv_field('"Glück" nannte sie es.'), "1"],
    ["9", "NS", "Er ging.", "0"],
]))
write("original/panx/sw/dev", tagged([[("sw:Nairobi", "B-LOC"), ("sw:ni", "O"), ("sw:mji", "O")]]))

# Treebanks: a comment, a multi-word token, an empty node, an untagged word; two treebanks of one language.
def conllu(sentences):
    text = ""
    for name, rows in sentences:
        text += f"# sent_id = {name}\n# text = not read\n"
        for number, form, tag in rows:
            text += "\t".join([number, form, "_", tag, "_", "_", "0", "_", "_", "_"]) + "\n"
        text += "\n"
    return text


write("original/ud/UD_German-Small/de_small-ud-test.conllu", conllu([
    ("a1", [("1-2", "Zum", "_"), ("1", "Zu", "ADP"), ("2", "dem", "DET"), ("3", "See", "NOUN"), ("3.1", "geht", "VERB")]),
]))
write("original/ud/UD_German-Tiny/de_tiny-ud-test.first1.conllu", conllu([("b1", [("1", "Hm", "_"), ("2", ".", "PUNCT")])]))
write("original/uner/UNER_English-Small/en_small-ud-dev.iob2",
      "# sent_id = s1\n# text = Lima sings\n1\tLima\tB-LOC\t-\tkim\n2\tsings\tO\t-\t-\n\t\n"
      "# sent_id = s2\n1\tGlobex\tB-OTH\t-\tkim\n")

write("original/sib200/data/annotated/eng_Latn/dev.tsv", tsv([
    ["index_id", "category", "text"],
    ["31", "travel", csv_field('The sign said "closed".')],
    ["8", "science/technology", "Ice floats."],
]))
write("original/sib200/data/annotated/zho_Hant/dev.tsv", tsv([["index_id", "category", "text"], ["31", "travel", "牌子寫著關閉。"]]))
write("original/masakhaner2/hau/test.txt", tagged([
    [("Kano", "B-LOC"), ("ta", "O"), ("yi", "O"), ("Litinin", "B-DATE")],
    [("Audu", "B-PER")],
], sep=" "))
write("original/masakhapos/swa/train.txt", tagged([[("Maji", "NOUN"), ("ni", "AUX"), ("uhai", "NOUN")]], sep=" "))
write("original/xcopa/data/sw/val.sw.jsonl",
      '{"premise": "Glasi ilianguka.", "choice1": "Ilivunjika.", "choice2": "Iliimba.", "question": "effect", "label": 0, "idx": 5, "changed": false}\n')
# Machine translations into English that lie beside the data set under the same names.
write("original/xcopa/data-gmt/sw/val.sw.jsonl",
      '{"premise": "The glass fell.", "choice1": "It broke.", "choice2": "It sang.", "question": "effect", "label": 0, "idx": 5}\n')

# The user's own data.
write("own/texts/train-en.tsv", tsv([["id", "label", "text"], ["a", "good", "I like it."], ["b", "bad", "I do not."]]))
write("own/texts/de/test.jsonl", '{"label": "bad", "text": "Nein."}\n\n{"label": "good", "text": "Gern."}\n')
write("own/pairs/train-en.jsonl", '{"sentence1": "One.", "sentence2": "Two.", "label": 1}\n{"sentence1": "One.", "sentence2": "1.", "label": 0}\n')
write("own/tags/train-en.conll", "The DT O\ncat NN B-PET\n\nTom NNP B-PET\n")
write("own/tags/test-fr.jsonl", '{"tokens": ["Le", "chat"], "tags": ["O", "B-PET"]}\n')
