#!/usr/bin/env python3
"""Pad a SentencePiece model to XGLM's size with the commonest parts of words of some text, for timing: pad.py MODEL TEXT OUT [PIECES]

The parts are pieces of at most 16 characters, with or without a marker, scored by the logarithm of their share, below the model's own worst piece. OUT.json is the
tokenizer.json of the padded model (needs transformers)."""
import collections, math, struct, sys

from references import fields, message, piece, tokenizer_json


def main(model, text, out, total="256000"):
    data = open(model, "rb").read()
    known, worst, count = set(), 0.0, collections.Counter()
    for number, value in fields(data):
        if number == 1:
            p = dict(fields(value))
            known.add(p[1].decode())
            worst = min(worst, struct.unpack("<f", p.get(2, b"\0\0\0\0"))[0])
    for word, n in collections.Counter(open(text, encoding="utf-8").read().split()).items():
        word = "▁" + word[:24]
        for i in range(len(word)):
            for j in range(i + 2, min(i + 17, len(word) + 1)):
                count[word[i:j]] += n
    parts = [p for p, _ in count.most_common() if p not in known and "\0" not in p][:int(total) - len(known)]
    if len(parts) + len(known) < int(total):
        sys.exit(f"the text has parts for {len(parts) + len(known)} pieces only")
    everything = sum(count.values())
    with open(out, "wb") as f:
        f.write(data)  # a message may go on after its other fields
        for p in parts:
            f.write(piece(p, worst + math.log(count[p] / everything) / 100))
    tokenizer_json(out, out + ".json")


if __name__ == "__main__":
    main(*sys.argv[1:])
