"""Writes the Parquet files of this folder with Hugging Face's datasets library, in the folders that its hub uses.

    pip install datasets pyarrow; python make_parquet.py
"""
import pathlib

import pyarrow
import pyarrow.parquet
from datasets import ClassLabel, Dataset, Features, Sequence, Value

HERE = pathlib.Path(__file__).parent / "parquet"
NLI = ["entailment", "neutral", "contradiction"]
NER = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]
POS = "NOUN PUNCT ADP NUM SYM SCONJ ADJ PART DET CCONJ PROPN PRON X _ ADV INTJ VERB AUX".split()


def write(path, rows, features):
    path = HERE / path
    path.parent.mkdir(parents=True, exist_ok=True)
    Dataset.from_list(rows, features=Features(features)).to_parquet(path)


def write_plain(path, columns):
    """Without the library's metadata: numbers have no names."""
    path = HERE / path
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.table(columns), path, compression="zstd")


pair = {"premise": Value("string"), "hypothesis": Value("string")}
rows = [{"premise": f"Row {i}.", "hypothesis": "A row.", "label": label} for i, label in enumerate([0, 1, 2, -1])]
write("xnli/en/validation-00000-of-00001.parquet", rows, pair | {"label": ClassLabel(names=NLI)})
# The file's own names win: here the numbers mean something else than in XNLI.
write("xnli/de/validation-00000-of-00001.parquet", rows[:2], pair | {"label": ClassLabel(names=NLI[::-1])})
write_plain("xnli/fr/test/0000.parquet", {"premise": ["Oui."], "hypothesis": [None], "label": [2]})
for i in range(3):
    write(f"pawsx/en/train-0000{i}-of-00003.parquet",
          [{"id": i, "sentence1": f"First {i}.", "sentence2": "Second.", "label": i % 2}],
          {"id": Value("int32"), "sentence1": Value("string"), "sentence2": Value("string"), "label": ClassLabel(names=["0", "1"])})
write("xtreme/PAN-X.de/test-00000-of-00001.parquet",
      [{"tokens": ["Anna", "Lund"], "ner_tags": [5, 4], "langs": ["de", "de"]}, {"tokens": [], "ner_tags": [], "langs": []}],
      {"tokens": Sequence(Value("string")), "ner_tags": Sequence(ClassLabel(names=NER[::-1])), "langs": Sequence(Value("string"))})
write_plain("xtreme/udpos.Afrikans/test-00000-of-00001.parquet", {"tokens": [["Hy", "slaap"]], "pos_tags": [[10, 15]]})
write("universal_dependencies/fr_tiny/test-00000-of-00001.parquet",
      [{"idx": "f1", "tokens": ["Du", "De", "le", "pain"], "upos": [13, 2, 8, 0]}],
      {"idx": Value("string"), "tokens": Sequence(Value("string")), "upos": Sequence(ClassLabel(names=POS))})
write_plain("universal_dependencies/it_tiny/test-00000-of-00001.parquet", {"tokens": [["Piove"]], "upos": [[16]]})
write_plain("xcopa/et/validation-00000-of-00001.parquet", {
    "premise": ["Sadas."], "choice1": ["Tee on märg."], "choice2": ["Tee on kuiv."], "question": ["effect"], "label": [0], "idx": [3]})
