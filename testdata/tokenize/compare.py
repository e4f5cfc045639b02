#!/usr/bin/env python3
"""Compare `xpt tokenize` with sentencepiece (rule spm) and with Hugging Face's tokenizers (rule hf) over every line of every file of a folder.

    compare.py [--xpt xpt] [--rule spm,hf] TOKENIZER FOLDER_OR_FILE...

TOKENIZER is a checkpoint folder, a SentencePiece model or a tokenizer.json; of a model alone the tokenizer.json is made as transformers makes it.
Each line is compared as a text and, split at white space, as a list of words. In files of one word a line the lines up to an empty one are one more list, of
their first columns. Ids, offsets and word indices must all agree. Prints the first mismatches and a count a rule; the exit status is 1 if there is any.
"""
import argparse, json, os, subprocess, sys, tempfile

from references import HuggingFace, SentencePiece, tokenizer_json

CHUNK = 20000


def files(paths):
    for path in paths:
        if os.path.isfile(path):
            yield path
        for folder, _, names in sorted(os.walk(path)):
            yield from (os.path.join(folder, n) for n in sorted(names) if not n.endswith(".model"))


def inputs(path):
    """(kind, inputs) in chunks: the lines as texts and as word lists, the sentences of a column file as word lists."""
    text = open(path, "rb").read().decode("utf-8", "replace")
    lines = text.split("\n")
    sentences = [[l.split("\t")[0] for l in block.split("\n")] for block in text.split("\n\n")] if path.endswith((".tsv", ".txt", ".conllu", ".iob2")) else []
    for kind, all_inputs in (("texts", lines), ("words", [l.split() for l in lines]), ("words", sentences)):
        for i in range(0, len(all_inputs), CHUNK):
            yield kind, all_inputs[i:i + CHUNK]


def ours(xpt, tokenizer, rule, kind, chunk):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as f:
        f.writelines(json.dumps(x) + "\n" for x in chunk)
        f.flush()
        command = [xpt, "tokenize", "--tokenizer", tokenizer, "--rule", rule, "--json", "--input-format", "json"]
        done = subprocess.run(command + ["--words"] * (kind == "words") + [f.name], stdout=subprocess.PIPE, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [(a["ids"], a["offsets"], a["words"]) for a in answers]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("tokenizer")
    p.add_argument("paths", nargs="+")
    p.add_argument("--xpt", default="xpt")
    p.add_argument("--rule", default="spm,hf")
    a = p.parse_args()
    model, made = a.tokenizer, None
    if os.path.isdir(model):
        model, made = os.path.join(model, "sentencepiece.bpe.model"), os.path.join(model, "tokenizer.json")
    elif model.endswith(".json"):
        made = model
    else:
        made = os.path.join(tempfile.mkdtemp(), "tokenizer.json")
        tokenizer_json(model, made)
    wrong = 0
    for rule in a.rule.split(","):
        reference, source = (SentencePiece(model), model) if rule == "spm" else (HuggingFace(made), a.tokenizer)
        counts = {"texts": [0, 0], "words": [0, 0]}
        for path in files(a.paths):
            for kind, chunk in inputs(path):
                got = ours(a.xpt, source, rule, kind, chunk)
                assert len(got) == len(chunk), (path, len(got), len(chunk))
                for x, g, w in zip(chunk, got, getattr(reference, kind)(chunk)):
                    counts[kind][0] += 1
                    if g != w:
                        counts[kind][1] += 1
                        wrong += 1
                        if wrong <= 20:
                            print(f"{rule} {path}: {x!r}\n  xpt       {g}\n  reference {w}")
        print(f"{rule}: {counts['texts'][0]} texts, {counts['texts'][1]} differ; {counts['words'][0]} word lists, {counts['words'][1]} differ", flush=True)
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
