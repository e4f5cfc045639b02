"""Writes the seeds of the fuzz targets for what users give: each into testdata/fuzz of its package, where `go test` runs them too.

    python make.py

The texts are this project's own, some of them broken on purpose.
"""
import pathlib

ROOT = pathlib.Path(__file__).parents[2]


def quoted(data):
    """A Go string literal of bytes."""
    out = ""
    for b in data:
        c = chr(b)
        out += "\\" + c if c in '"\\' else c if " " <= c <= "~" else f"\\x{b:02x}"
    return f'"{out}"'


def seeds(package, target, kind, texts):
    folder = ROOT / package / "testdata" / "fuzz" / target
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        data = text if isinstance(text, bytes) else text.encode("utf-8")
        (folder / name).write_text(f"go test fuzz v1\n{kind}({quoted(data)})\n")


seeds("datasets", "FuzzTagged", "[]byte", {
    "documents": "-DOCSTART- -X- -X- O\n\nNile NNP B-NP B-LOC\nfloods VBZ B-VP O\n\n",
    "comments": "# id 1\tdomain=news\nNile _ _ B-LOC\n\n# O\n#1 O\n",
    "tabs": "\ufeffsw:Addis Ababa\tB-LOC\r\nsw:ni\tO\r\n\r\n\r\n",
    "no-tags": "Nile\n1 000\nfloods\n",
    "ragged": "Nile B-LOC\nAddis Ababa B-LOC\nfloods\n",
    "treebank": "# sent_id = a\n1-2\tdu\t_\t_\n1\tde\t_\tADP\n2\tle\t_\tDET\n2.1\t_\t_\t_\n\n1\t_\t_\tX\n\n",
    "cr": "Nile\tB-LOC\rfloods\tO\r",
    "utf-16": "Nile\tO\n".encode("utf-16"),
})
seeds("datasets", "FuzzTables", "[]byte", {
    "pairs": "A dog sleeps.\tAn animal rests.\tentailment\n\nNS\t\tneutral\n",
    "no-labels": "A dog sleeps.\tAn animal rests.\n",
    "quotes": '"He said ""no""."\t"open\t1\n',
    "header": "index_id\tcategory\ttext\n3\ttravel\tGo.\n",
    "own": "\ufefflabel\ttext\r\ngood\tHi\r\n",
    "short": "label\ttext\ngood\n",
})
seeds("datasets", "FuzzJSONLines", "[]byte", {
    "texts": '{"text": "a", "pair": "b", "label": 1, "id": 7}\n\n{"text": null, "label": "x"}\n',
    "nulls": '{"words": ["a", null], "tags": ["O", null]}\n{"text": "a", "label": null}\n',
    "tags": '{"tokens": ["-DOCSTART-"], "tags": ["O"]}\n{"tokens": ["_", "b"], "tags": ["O", 1.5]}\n',
    "choices": '{"premise": "a", "question": "cause", "choice1": "b", "choice2": "c", "label": 0, "idx": 3}\n',
    "deep": '{"text": [[[{"a": []}]]], "label": {}}\n{} {}\n',
})
seeds("internal/plaintext", "FuzzLines", "[]byte", {
    "ends": "a\r\nb\n\nc\r\r\nd\re",
    "mark": "\ufeffa\n\ufeffb",
    "mark-alone": "\ufeff",
    "cr": "a\rb\rc\r",
    "utf-16": "a\n".encode("utf-16"),
    "utf-32": "ab\n".encode("utf-32-be"),
})
seeds("internal/study", "FuzzReadFile", "[]byte", {
    "settings": "checkpoint: c\ndata: d\ntasks: [xnli]\nmethods: [prompt]\nsettings: {epochs: 2, tasks: {xnli: {methods: {prompt: {prompt-length: 3}}}}}\n",
    "deep": "title: " + "[" * 120,
    "twice": "tasks: [xnli, xnli]\nseeds: [1, -1, 1.5]\ntasks: &a *a\n",
    "types": "title: {a: b}\nseeds: one\nlanguages: {}\ndistances: [1]\nsettings: []\n",
    "mark": "\ufeffcheckpoint: c\ndata: d\ntasks: [udpos]\npools: [first]\n",
})
seeds("internal/study", "FuzzOutcome", "[]byte", {
    "outcome": '{"task": "xnli", "method": "head", "seed": 1, "key": "a", "status": "done", "languages": [{"language": "en", "examples": 2, "scores": [{"metric": "accuracy", "value": 0.5}]}]}',
    "cut": '{"task": "xnli", "languages": [{',
    "types": '{"task": 1, "seed": -1, "languages": {}}',
})
seeds("internal/train", "FuzzReadRecord", "[]byte", {
    "record": '{"options": {"checkpoint": "c", "task": "udpos", "method": "prefix", "data": "d", "language": "en", "epochs": 1, "batch_size": 8}, "best": {"epoch": 1, "score": 0.5}}',
    "cut": '{"options": {"task": "udpos"',
    "types": '{"options": {"task": ["udpos"], "epochs": -1, "dropout": 1e999}, "labels": 3}',
    "empty": "",
})
seeds("internal/pretraining", "FuzzPretraining", "[]byte", {
    "table": "language\tbillion_tokens\ttier\nen\t10\thigh\nSwahili\t0.5\tlow\n",
    "numbers": "language\tbillion_tokens\ttier\nen\tInf\thigh\nde\tNaN\tlow\n",
    "quotes": 'language\tbillion_tokens\ttier\n"en\t1\thigh\n',
})
seeds("cmd/xpt", "FuzzParseRow", "string", {
    "row": '{"id": "a", "input_ids": [2, 5, 7], "attention_mask": [0, 1, 1], "prefix": 1}',
    "number": '{"id": 7, "input_ids": [2]}',
    "nulls": '{"id": null, "input_ids": [2, null], "attention_mask": null}',
    "mask": '{"input_ids": [2, 3], "attention_mask": [1, 7]}',
    "large": '{"input_ids": [1e9, 2.0, 99999999999999999999]}',
})
seeds("cmd/xpt", "FuzzPredictable", "string", {
    "pair": "A dog sleeps.\tAn animal rests.",
    "words": '["a", "\\u001b", ""]',
    "null": '["a", null]',
    "text": '"a"',
})
