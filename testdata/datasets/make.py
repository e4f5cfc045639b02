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
