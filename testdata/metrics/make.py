"""Writes reference scores for random and for awkward predictions: metrics.json.

    python make.py --old-seqeval DIR

Needs scikit-learn and seqeval 1.2.2, and a folder with seqeval 0.0.12 for the older rule of entity types
(pip download --no-deps seqeval==0.0.12, unpacked; only its metrics/sequence_labeling.py is read).
"""
import argparse
import importlib.util
import json
import pathlib
import random
import warnings

import seqeval.metrics.sequence_labeling as new
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).parent
IOB2 = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]
UPOS = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split()
ODD = ["O", ".", "B", "I", "B-A", "I-A", "E-A", "S-A", "I-A-B", "B-A-B", "L-A", "X", "Ö-A"]  # every branch of the rules


def load_old(folder):
    path = next(pathlib.Path(folder).rglob("sequence_labeling.py"))
    spec = importlib.util.spec_from_file_location("old_seqeval", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def scores(module, gold, predicted):
    kept = {}
    for name, tags in ("gold", gold), ("predicted", predicted):
        kept[name] = [list(e) for e in module.get_entities(tags)]
    return {
        "f1": module.f1_score(gold, predicted),
        "precision": module.precision_score(gold, predicted),
        "recall": module.recall_score(gold, predicted),
        "entities": kept,
    }


def tagging(name, gold, predicted, old):
    new_scores = scores(new, gold, predicted)
    p, r, f, s = new.precision_recall_fscore_support(gold, predicted, average=None)
    types = sorted({e[0] for side in new_scores["entities"].values() for e in side})
    new_scores["types"] = [dict(name=t, precision=p[i], recall=r[i], f1=f[i], gold=int(s[i])) for i, t in enumerate(types)]
    new_scores["macro_f1"] = new.f1_score(gold, predicted, average="macro")
    flat = [[t for s in side for t in s] for side in (gold, predicted)]
    return {"name": name, "gold": gold, "predicted": predicted, "accuracy": accuracy_score(*flat),
            "new": new_scores, "old": scores(old, gold, predicted)}


def noisy(rng, tags, sentences, longest, right):
    gold = [[rng.choice(tags) for _ in range(rng.randint(1, longest))] for _ in range(sentences)]
    predicted = [[t if rng.random() < right else rng.choice(tags) for t in s] for s in gold]
    return gold, predicted


def classification(name, gold, predicted):
    labels = sorted(set(gold) | set(predicted))
    p, r, f, s = precision_recall_fscore_support(gold, predicted, labels=labels, zero_division=0)
    return {"name": name, "gold": gold, "predicted": predicted, "accuracy": accuracy_score(gold, predicted),
            "macro_f1": sum(f) / len(f),
            "classes": [dict(name=l, precision=p[i], recall=r[i], f1=f[i], gold=int(s[i])) for i, l in enumerate(labels)]}


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--old-seqeval", required=True)
    old = load_old(args.parse_args().old_seqeval)
    rng = random.Random(7)
    xnli = ["entailment", "neutral", "contradiction"]
    gold = [rng.choice(xnli) for _ in range(60)]
    labels = [
        classification("xnli", gold, [g if rng.random() < 0.6 else rng.choice(xnli) for g in gold]),
        classification("one label never predicted, one never gold", ["0", "1", "1", "0"], ["0", "0", "0", "2"]),
    ]
    tags = [
        tagging("iob2", *noisy(rng, IOB2, 25, 8, 0.7), old),
        tagging("upos", *noisy(rng, UPOS, 25, 8, 0.8), old),
        tagging("odd tags", *noisy(rng, ODD, 40, 8, 0.7), old),
        tagging("few tags, long runs", *noisy(rng, ["NOUN", "X", "SCONJ", "CCONJ", "O"], 30, 6, 0.7), old),
        tagging("x across a sentence end", [["NOUN"], ["X", "VERB"]], [["NOUN"], ["X", "X"]], old),
        tagging("nothing predicted", [["B-PER", "I-PER"], ["O"]], [["O", "O"], ["O"]], old),
    ]
    text = json.dumps({"classification": labels, "tagging": tags}, ensure_ascii=False)
    (HERE / "metrics.json").write_text(text.replace('{"name"', '\n{"name"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
