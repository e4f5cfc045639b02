#!/usr/bin/env python
"""Recomputes the numbers of a finished study from its predictions and the data, and compares them with its report.

    xpt study FILE.yaml && xpt report FOLDER
    pip install numpy scipy scikit-learn seqeval
    python testdata/study/recompute.py FOLDER DATA      # DATA: the study's data folder, of sib200, xnli, pawsx, udpos, panx

Scores are scikit-learn's and seqeval's, correlations scipy's. Intervals and randomised tests are computed with numpy from the same draws
as xpt's (testdata/metrics/resample.py), so that all agree to 1e-12. What a tokenizer or a model says of a language (fertility,
distances) is taken from FOLDER/analyses. Exit status 1 if anything differs.
"""
import collections
import csv
import json
import math
import pathlib
import sys
import warnings

import numpy as np
import scipy.stats
import sklearn.metrics
from seqeval.metrics import f1_score
from seqeval.metrics.sequence_labeling import get_entities

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "metrics"))
import resample  # noqa: E402

warnings.filterwarnings("ignore")  # of rates with nothing to count, which are 0
np.seterr(over="ignore")

TOLERANCE = 1e-12
FEWEST_LANGUAGES = 8
LABELS = {
    "sib200": ["science/technology", "travel", "politics", "sports", "health", "entertainment", "geography"],
    "xnli": ["entailment", "neutral", "contradiction"],
    "pawsx": ["0", "1"],
    "udpos": "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split(),
    "panx": ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"],
}
PARALLEL = {"sib200", "xnli", "pawsx"}
TAGGED = {"udpos", "panx"}


# The data and the predictions: a row is an example's label, or the tags of its words.

def tagged(path):
    rows = [[]]
    for line in path.read_text().split("\n"):
        if line.strip():
            rows[-1].append(line.split("\t")[-1].strip())
        elif rows[-1]:
            rows.append([])
    return rows if rows[-1] else rows[:-1]


def treebank(path):
    """The UPOS column of CoNLL-U; multi-word tokens (1-2) and empty nodes (1.1) are no words, and a word that nobody tagged is X."""
    rows = [[]]
    for line in path.read_text().split("\n"):
        fields = line.split("\t")
        if line.startswith("#"):
            continue
        if not line.strip():
            rows.append([])
        elif fields[0].isdigit():
            rows[-1].append("X" if fields[3] == "_" else fields[3])
    return [row for row in rows if row]


def gold(data, task, result):
    """The labels of a language's files, as a cell's outcome names them, and of the examples that were drawn of them if not all were."""
    rows = []
    for name in result["files"]:
        path = data / name
        if path.suffix == ".conllu":
            rows += treebank(path)
        elif task == "sib200":
            with open(path, newline="") as f:
                rows += [[row["category"]] for row in csv.DictReader(f, delimiter="\t")]
        elif task in TAGGED:
            rows += tagged(path)
        else:
            rows += [[line.split("\t")[-1].strip()] for line in path.read_text().splitlines()]
    return rows


def drawn(folder, cell, split, language):
    """The gold labels that the JSON lines of predictions have, for examples that were drawn."""
    lines = (folder / "predictions" / cell / f"{split}-{language}.jsonl").read_text().splitlines()
    return [row["gold"] if isinstance(row["gold"], list) else [row["gold"]] for row in map(json.loads, lines)]


def predictions(folder, task, cell, split, language):
    path = folder / "predictions" / cell / f"{split}-{language}.tsv"
    return tagged(path) if task in TAGGED else [[line] for line in path.read_text().splitlines()]


# The scores.

def flat(rows):
    return [label for row in rows for label in row]


def whole_types(rows):
    """Tags by which seqeval 1.x finds the runs of equal tags that seqeval 0.x, and so XTREME, takes for entities."""
    return [[f"{tag[0]}-{tag}" for tag in row] for row in rows]


def metrics(task, gold, predicted):
    """The task's metrics by name, the main one first."""
    if task == "udpos":
        return {"F1": f1_score(whole_types(gold), whole_types(predicted)), "accuracy": sklearn.metrics.accuracy_score(flat(gold), flat(predicted))}
    if task == "panx":
        return {"F1": f1_score(gold, predicted)}
    return {"accuracy": sklearn.metrics.accuracy_score(flat(gold), flat(predicted)),
            "macro-F1": sklearn.metrics.f1_score(flat(gold), flat(predicted), average="macro", zero_division=0)}


def majority(task, gold):
    """The scores of the best constant answer; of equally frequent labels the first."""
    count = collections.Counter(flat(gold))
    best = max(LABELS[task], key=lambda label: count[label])
    return metrics(task, gold, [[best] * len(row) for row in gold])


def counts(task, gold, predicted):
    """Correct, predicted and gold of the main metric in each example: [examples, 3]."""
    rows = []
    for g, p in zip(gold, predicted, strict=True):
        if task in TAGGED:
            find = (lambda tags: set(get_entities(whole_types([tags])[0]))) if task == "udpos" else (lambda tags: set(get_entities(tags)))
            g, p = find(g), find(p)
            rows.append((len(g & p), len(p), len(g)))
        else:
            rows.append((int(g == p), 1, 1))
    return np.array(rows)


def classes(task, gold, predicted):
    """F1 and gold of each class that is there."""
    if task == "panx":
        g, p = set(get_entities(gold)), set(get_entities(predicted))
        names = sorted({e[0] for e in g})
        of = lambda entities, name: {e for e in entities if e[0] == name}  # noqa: E731
        return {n: (2 * len(of(g, n) & of(p, n)) / (len(of(g, n)) + len(of(p, n))), len(of(g, n))) for n in names}
    names = sorted(set(flat(gold)))
    _, _, f1, support = sklearn.metrics.precision_recall_fscore_support(flat(gold), flat(predicted), labels=names, zero_division=0)
    return {n: (float(f), int(s)) for n, f, s in zip(names, f1, support)}


# The comparison with the report.

class Checks:
    def __init__(self):
        self.done, self.wrong, self.largest = collections.Counter(), 0, 0.0

    def same(self, kind, what, got, want):
        self.done[kind] += 1
        off = abs(got - want) / max(1, abs(want)) if got is not None and math.isfinite(got) else math.inf
        self.largest = max(self.largest, off)
        if off > TOLERANCE:
            self.wrong += 1
            print(f"{kind}: {what}: the report has {got}, recomputed {want}")

    def all(self, kinds, what, got, want):
        """kinds name the numbers of an entry."""
        for i, (kind, value) in enumerate(zip(kinds, want, strict=True)):
            self.same(kind, what, got[i] if i < len(got) else None, value)
        if len(got) > len(want):
            self.wrong += 1
            print(f"{what}: the report has {got[len(want):]} more")


class Table:
    def __init__(self, table):
        self.name, self.columns = table["name"], [c["name"] for c in table["columns"]]
        self.rows = table["rows"] + table.get("foot", [])

    def row(self, *keys):
        for row in self.rows:
            if [e["text"] for e in row[: len(keys)]] == list(keys):
                return row
        raise KeyError(f"table {self.name} has no row {keys}")

    def values(self, keys, column):
        return self.row(*keys)[self.columns.index(column)].get("values", [])


# What is recomputed.

SCORE = ("score over seeds", "spread", "seeds", "interval", "interval")
MEAN = ("mean over languages", "spread", "seeds", "interval", "interval")


class Column:
    """A method, with one pooling of sub-tokens, over seeds."""

    def __init__(self, method, pool, name):
        self.method, self.pool, self.name, self.cells = method, pool, name, []


class Task:
    def __init__(self, study, folder, data, name):
        self.name, self.source = name, study["language"]
        self.parallel = name in PARALLEL
        cells = [c for c in study["cells"] if c["task"] == name and not c.get("trial")]
        pools = [p for p in study.get("pools") or [] if any(c.get("pool") == p for c in cells)] or [None]
        self.columns = []
        for pool in pools:
            for method in study["methods"]:
                column = Column(method, pool, method if len(pools) == 1 else f"{method}, {pool}")
                for c in cells:
                    if c["method"] == method and c.get("pool", pool) == pool:
                        parts = [name, method] + ([pool] if pool else []) + ([] if method == "likelihood" else [str(c["seed"])])
                        column.cells.append("-".join(parts))
                if column.cells:
                    self.columns.append(column)
        self.few = {}  # columns by language and number of shots, and the column that they go on from
        for c in study.get("few_shot", []):
            base = next((b for b in self.columns if c["task"] == name and b.method == c["method"] and b.pool in (None, c.get("pool"))), None)
            if base:
                column = self.few.setdefault((c["shots_language"], c["shots"], base), Column(base.method, base.pool, base.name))
                column.cells.append(f"{base.cells[0].rsplit('-', 1)[0]}-{c['seed']}-{c['shots']}-shots-{c['shots_language']}")
        cells = [cell for c in self.columns for cell in c.cells]
        outcomes = {cell: json.loads((folder / "cells" / f"{cell}.json").read_text()) for cell in cells}
        split = next(iter(outcomes.values()))["split"]
        for o in outcomes.values():  # a language of shots was trained on as well
            shots = o["record"]["options"].get("shots_language")
            if shots and shots not in self.source.split(","):
                self.source += "," + shots
        for c in self.few.values():  # which are scored in the language of their shots alone
            cells += c.cells
            outcomes |= {cell: json.loads((folder / "cells" / f"{cell}.json").read_text()) for cell in c.cells}
        languages = {result["language"] for o in outcomes.values() for result in o["languages"]}
        self.languages = sorted(languages, key=lambda row: (not self.trained(row), row))
        has = {(cell, result["language"]) for cell, o in outcomes.items() for result in o["languages"]}
        self.others = [i for i, row in enumerate(self.languages) if not self.trained(row)]
        self.fixed = list(range(len(self.languages) - len(self.others)))
        self.gold = {}
        for cell, o in outcomes.items():
            for result in o["languages"]:
                all_of = gold(data, name, result)
                self.gold[result["language"]] = drawn(folder, cell, split, result["language"]) if result["examples"] < len(all_of) else all_of
        self.majority = {language: majority(name, self.gold[language]) for language in self.languages}
        self.metrics = list(self.majority[self.languages[0]])
        self.score, self.classes, self.samples, self.run = {}, {}, [], []
        for language in self.languages:
            of, runs = [], [cell for cell in cells if (cell, language) in has]
            for cell in runs:
                predicted = predictions(folder, name, cell, split, language)
                self.score[cell, language] = metrics(name, self.gold[language], predicted)
                self.classes[cell, language] = classes(name, self.gold[language], predicted)
                of.append(counts(name, self.gold[language], predicted))
            self.samples.append(np.stack(of, axis=1))
            self.run.append({cell: i for i, cell in enumerate(runs)})  # numbers in the sample
        self.outcomes = outcomes

    def trained(self, row):
        """Whether a row, such as en or the treebank en_ewt, is of a language that was trained on."""
        return row.split("_")[0] in [language.split("_")[0] for language in self.source.split(",")]

    def runs(self, column):
        """By language; None where the method was not evaluated (likelihood has no label words in some languages)."""
        return [[run[cell] for cell in column.cells] if column.cells[0] in run else None for run in self.run]

    def scores(self, column, language, metric):
        return [self.score[cell, language][metric] for cell in column.cells]

    def means(self, scores):
        """The means by the name of their row, of one score a language."""
        others = [scores[self.languages[i]] for i in self.others]
        means = {"mean": np.mean(list(scores.values()))}
        if self.fixed and others:
            means[f"mean without {self.source}"] = np.mean(others)
            means["cross-lingual gap"] = np.mean([scores[self.languages[i]] for i in self.fixed]) - np.mean(others)
        return means

    def find(self, method, pool):
        return next((c for c in self.columns if c.method == method and c.pool == pool), None)


def check_cells(checks, task):
    """The scores of the cells' own files."""
    for cell, outcome in task.outcomes.items():
        for result in outcome["languages"]:
            language = result["language"]
            for s in result["scores"]:
                checks.same("score of a run", f"{cell} {language} {s['metric']}", s["value"], task.score[cell, language][s["metric"]])
            for s in result["majority"]:
                checks.same("majority", f"{cell} {language} {s['metric']}", s["value"], task.majority[language][s["metric"]])
            checks.same("examples", f"{cell} {language}", result["examples"], len(task.gold[language]))


def check_scores(checks, task, tables, nested):
    for metric in task.metrics:
        main = metric == task.metrics[0]
        table = tables[f"{task.name}-scores" if main else f"{task.name}-{metric}"]
        for name, value in task.means({language: task.majority[language][metric] for language in task.languages}).items():
            checks.same("majority", f"{table.name} {name}", table.values([name], "majority")[0], 100 * value)
        for language in task.languages:
            checks.same("majority", f"{table.name} {language}", table.values([language], "majority")[0], 100 * task.majority[language][metric])
        for c in task.columns:
            of = task.runs(c)
            for number, language in enumerate(task.languages):
                if of[number] is None:
                    checks.all((), f"{table.name} {language} {c.name}", table.values([language], c.name), [])
                    continue
                want = spread(task.scores(c, language, metric)) + [len(c.cells)]
                if main:
                    want += nested.interval(of, fixed=[number], fixed_weight=1.0)
                check_spread(checks, SCORE, f"{table.name} {language} {c.name}", table.values([language], c.name), want)
            if None in of:
                checks.all((), f"{table.name} means of {c.name}", table.values(["mean"], c.name), [])
                continue
            by_run = [task.means({language: task.score[cell, language][metric] for language in task.languages}) for cell in c.cells]
            n, all_rows = len(task.others), len(task.languages)
            estimates = {
                f"mean without {task.source}": dict(drawn=task.others, drawn_weight=1.0),
                "cross-lingual gap": dict(fixed=task.fixed, fixed_weight=1.0, drawn=task.others, drawn_weight=-1.0),
                "mean": dict(fixed=task.fixed, fixed_weight=1 - n / all_rows, drawn=task.others, drawn_weight=n / all_rows),
            }
            for name in by_run[0]:
                want = spread([m[name] for m in by_run]) + [len(c.cells)]
                if main:
                    want += nested.interval(of, **estimates[name])
                check_spread(checks, MEAN, f"{table.name} {name} {c.name}", table.values([name], c.name), want)


def check_shots(checks, task, tables, nested):
    """The runs with shots, and those without that they go on from, in each row of the language."""
    for (language, shots, base), column in task.few.items():
        for number, row in enumerate(task.languages):
            if task.runs(column)[number] is None:
                continue
            for n, c in ((0, base), (shots, column)):
                want = spread(task.scores(c, row, task.metrics[0])) + [len(c.cells)] + nested.interval(task.runs(c), fixed=[number], fixed_weight=1.0)
                check_spread(checks, SCORE, f"{task.name}-shots {row} {n} {c.name}", tables[f"{task.name}-shots"].values([row, str(n)], c.name), want)


def check_spread(checks, kinds, what, got, want):
    """All but the number of seeds is in percent."""
    checks.all(kinds[: len(want)], what, got, [v if i == 2 else 100 * v for i, v in enumerate(want)])


def check_classes(checks, task, tables):
    table = tables[f"{task.name}-classes"]
    groups = {task.source: [task.languages[i] for i in task.fixed], "others": [task.languages[i] for i in task.others]}
    for row in table.rows:
        name, languages = row[0]["text"], groups[row[1]["text"]]
        for c in task.columns:
            values, support = [], 0
            for cell in c.cells:
                of = [task.classes[cell, language][name] for language in languages if name in task.classes.get((cell, language), {})]
                values.append(np.mean([f1 for f1, _ in of]))
                support = sum(n for _, n in of)
            entry = row[table.columns.index(c.name)]
            check_spread(checks, ("F1 of a class", "spread", "seeds"), f"{table.name} {name} {c.name}", entry["values"], spread(values) + [len(c.cells)])
        checks.same("gold of a class", f"{table.name} {name}", row[table.columns.index("gold")]["values"][0], support)


def check_comparison(checks, task, tables, nested, c, full):
    """Returns the gains, by language, in points."""
    table = tables[f"{task.name}-{c.method}-against-full" + (f"-{c.pool}" if c.pool else "")]
    main = task.metrics[0]
    a, b = task.runs(c), task.runs(full)
    rounds = max(2000, 100 * len(task.languages)) - 1
    gains, p, verdicts = {}, [], collections.Counter()
    for number, language in enumerate(task.languages):
        of, minus = np.mean(task.scores(c, language, main)), np.mean(task.scores(full, language, main))
        gains[language] = 100 * (of - minus)
        checks.same("difference", f"{table.name} {language}", table.values([language], c.name)[0], 100 * of)
        checks.same("difference", f"{table.name} {language}", table.values([language], full.name)[0], 100 * minus)
        interval = nested.interval(a, b, fixed=[number], fixed_weight=1.0)
        checks.all(("difference", "interval", "interval"), f"{table.name} {language}", table.values([language], "difference"), [gains[language], *percent(interval)])
        sample = task.samples[number]
        p.append(resample.paired_test(sample[:, a[number]].sum(axis=1), sample[:, b[number]].sum(axis=1), rounds, nested.seed))
    for language, raw, adjusted in zip(task.languages, p, resample.holm(p)):
        checks.same("paired test", f"{table.name} {language}", table.values([language], "p")[0], raw)
        checks.same("Holm", f"{table.name} {language}", table.values([language], "p, Holm")[0], adjusted)
        same = adjusted >= 1 - 0.95 or gains[language] == 0
        verdicts["no significant difference" if same else "better" if gains[language] > 0 else "worse"] += 1
    for verdict in ("better", "worse", "no significant difference"):
        checks.same("verdicts", f"parity {task.name} {c.name} {verdict}", tables["parity"].values([task.name, c.name], verdict)[0], verdicts[verdict])
    others = {task.languages[i]: gains[task.languages[i]] for i in task.others}
    interval = nested.interval(a, b, drawn=task.others, drawn_weight=1.0)
    checks.all(("mean difference", "interval", "interval"), f"parity {task.name} {c.name}", tables["parity"].values([task.name, c.name], "mean difference"),
               [np.mean(list(others.values())), *percent(interval)])
    return others


def properties(tasks, folder, name):
    """What is known of a task's languages, by property: from its own texts, or else from the first other task that can tell."""
    def analysis(task):
        path = folder / "analyses" / f"{task}.json"
        return json.loads(path.read_text())["languages"] if path.exists() else []

    found = {}
    tokens = {l["language"]: 9 + math.log10(l["billion_tokens"]) for l in analysis(name) if l["billion_tokens"] > 0}
    if any(l.get("tier") for l in analysis(name)):
        found["log10 of pre-training tokens"] = tokens
    for label, key, has in (("fertility", "fertility", "fertility"), ("continued-word share", "continued_share", "fertility"),
                            ("parallel-token ratio", "parallel_ratio", "parallel_ratio")):
        for other in [name] + tasks:
            values = {l["language"]: l.get(key, 0.0) for l in analysis(other) if l.get(has, 0) > 0}
            if values:
                found[label if other == name else f"{label} ({other})"] = values
                break
    frozen = folder / "analyses" / "distances" / "frozen.json"
    if frozen.exists():
        found["distance to the trained language, frozen"] = {l["language"]: l["cosine"] for l in json.loads(frozen.read_text())["languages"]}
    return found


def spearman(x, y):
    """rho with the interval of Bonett & Wright (2000), and p."""
    r = scipy.stats.spearmanr(x, y)
    half = scipy.stats.norm.ppf(0.975) * math.sqrt((1 + r.statistic**2 / 2) / (len(x) - 3))
    z = math.atanh(r.statistic)
    return [r.statistic, math.tanh(z - half), math.tanh(z + half)], float(r.pvalue)


def check_relations(checks, tables, gains, known):
    """gains[task, method] are over languages, known[task] the properties. A table's correlations are adjusted together."""
    for name, wanted in (("resources", lambda p: p.startswith("log10")), ("tokenization", lambda p: not p.startswith("log10"))):
        found = []
        for (task, method), values in gains.items():
            for p, by_language in known[task].items():
                if not wanted(p):
                    continue
                languages = [l for l in sorted(values) if l in by_language]
                row = [task, method, p]
                checks.same("languages of a correlation", f"{name} {row}", tables[name].values(row, "languages")[0], len(languages))
                if len(languages) < FEWEST_LANGUAGES:
                    checks.all((), f"{name} {row}", tables[name].values(row, "rho") + tables[name].values(row, "p"), [])
                    continue
                found.append((row, *spearman([by_language[l] for l in languages], [values[l] for l in languages])))
        for (row, rho, p), adjusted in zip(found, resample.holm([p for _, _, p in found])):
            checks.all(("correlation", "interval", "interval"), f"{name} {row}", tables[name].values(row, "rho"), rho)
            checks.same("p of a correlation", f"{name} {row}", tables[name].values(row, "p")[0], p)
            checks.same("Holm", f"{name} {row}", tables[name].values(row, "p, Holm")[0], adjusted)


def check_tiers(checks, tables, gains, folder):
    for (task, method), values in gains.items():
        by_tier = collections.defaultdict(list)
        for l in json.loads((folder / "analyses" / f"{task}.json").read_text())["languages"]:
            if l.get("tier") and l["language"] in values:
                by_tier[l["tier"]].append(values[l["language"]])
                if l["tier"] != "unseen":
                    by_tier["seen"].append(values[l["language"]])
        for tier, of in by_tier.items():
            checks.all(("mean by tier", "spread", "languages of a tier"), f"tiers {task} {method} {tier}", tables["tiers"].values([task, method], tier), spread(of) + [len(of)])


def check_distances(checks, folder, tables, source, statistics):
    frozen = folder / "analyses" / "distances" / "frozen.json"
    if not frozen.exists():
        return
    values = [l["cosine"] for l in json.loads(frozen.read_text())["languages"] if l["language"] != source]
    want = [np.mean(values), 0, 1] + resample.mean_interval(values, *statistics)
    checks.all(("mean distance", "spread", "seeds", "interval", "interval"), "distances", tables["distances"].values([f"mean without {source}"], "frozen"), want)


def check_pools(checks, tables, task, nested):
    """The last sub-token of a word against the first."""
    for c in task.columns:
        first = task.find(c.method, "first")
        if c.pool != "last" or first is None:
            continue
        main = task.metrics[0]
        difference = [np.mean(task.scores(c, l, main)) - np.mean(task.scores(first, l, main)) for l in task.languages]
        interval = nested.interval(task.runs(c), task.runs(first), drawn=task.others, drawn_weight=1.0)
        checks.all(("mean difference", "interval", "interval"), f"pools {task.name} {c.method}", tables["pools"].values([task.name, c.method], "difference"),
                   [100 * np.mean([difference[i] for i in task.others]), *percent(interval)])


def check_csv(checks, folder, report):
    """The CSV tables have the numbers of the report with ten digits, and no standard deviation of one value."""
    for table in report["tables"]:
        with open(folder / "report" / "tables" / f"{table['name']}.csv", newline="") as f:
            records = list(csv.reader(f))[1:]
        for record, row in zip(records, table["rows"] + table.get("foot", []), strict=True):
            at = 0
            for column, entry in zip(table["columns"], row, strict=True):
                values = entry.get("values", [])
                for i, field in enumerate(column.get("fields") or [""]):
                    if field == "sd" and len(values) > i + 1 and values[i + 1] < 2:
                        checks.same("deviation of one value in CSV", f"{table['name']} {record[0]} {column['name']}", len(record[at]), 0)
                    elif column.get("fields") and i < len(values):
                        want = values[i]
                        checks.same("number in CSV", f"{table['name']} {record[0]} {column['name']}", round_off(float(record[at]), want), want)
                    at += 1


def round_off(got, want):
    """want, if got is the same to ten digits."""
    return want if abs(got - want) <= 1e-9 * max(1, abs(want)) else got


def percent(values):
    return [100 * v for v in values]


def spread(values):
    """The mean, and the standard deviation of a sample."""
    return [np.mean(values), np.std(values, ddof=1) if len(values) > 1 else 0.0]


def main(folder, data):
    study = json.loads((folder / "study.json").read_text())
    report = json.loads((folder / "report" / "report.json").read_text())
    tables = {t["name"]: Table(t) for t in report["tables"]}
    s = report["statistics"]
    statistics = s["bootstrap_rounds"], s["level"], s["seed"]
    checks, gains, known = Checks(), {}, {}
    for name in study["tasks"]:
        task = Task(study, folder, data, name)
        nested = resample.Nested(task.samples, task.parallel, *statistics)
        check_cells(checks, task)
        check_scores(checks, task, tables, nested)
        check_shots(checks, task, tables, nested)
        check_classes(checks, task, tables)
        check_pools(checks, tables, task, nested)
        known[name] = properties(study["tasks"], folder, name)
        for c in task.columns:
            full = task.find("full", c.pool)
            if c.method in ("prompt", "prefix") and full is not None:
                gains[name, c.name] = check_comparison(checks, task, tables, nested, c, full)
        print(f"{name}: {len(task.languages)} languages, {sum(len(g) for g in task.gold.values())} examples, {len(task.outcomes)} runs", flush=True)
    check_relations(checks, tables, gains, known)
    check_csv(checks, folder, report)
    check_tiers(checks, tables, gains, folder)
    check_distances(checks, folder, tables, study["language"], statistics)
    for kind, n in sorted(checks.done.items()):
        print(f"{n:7} {kind}")
    print(f"{checks.done.total()} numbers, {checks.wrong} differ by more than {TOLERANCE:g}; the largest difference is {checks.largest:.2g}")
    return 1 if checks.wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: recompute.py FOLDER DATA")
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
