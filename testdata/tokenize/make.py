#!/usr/bin/env python3
"""Make the tokenizer fixtures again: make.py writes them beside itself. Needs sentencepiece, tokenizers, transformers.

sentencepiece.bpe.model.gz   a Unigram model (nmt_nfkc) trained on the sentences of sentences.py
tokenizer.json.gz            what transformers makes of it
expected.jsonl.gz            a line each {"text" | "words", "spm", "hf", "hf4", "spm_text", "hf_text"}: [ids, offsets, word indices] of sentencepiece and of tokenizers
                             (hf4: with the file in the older style, where that differs), and their decoding of the ids
ties.jsonl                   {"pieces": [[piece, score]], "cases": [[text, ids of sentencepiece, ids of tokenizers]]}: tiny models in which many segmentations score alike
decode.jsonl                 [ids, text of sentencepiece, text of tokenizers]
pairs.jsonl                  [a, b, limit, ids] with Hugging Face's truncation, b null for a single text; specials.jsonl: [text, ids, offsets] with literal specials read as specials
added.jsonl                  the same with tokens of a user's, which the last line lists
"""
import gzip, itertools, json, os, random, tempfile

import sentencepiece, tokenizers

from references import HuggingFace, SentencePiece, message, piece, tokenizer_json
from sentences import LISTS, NASTY, sentences

HERE = os.path.dirname(os.path.abspath(__file__))
# the older style of tokenizer.json, as replacements in the text of the newer one
OLD = [('{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}',
        '{"type":"Strip","strip_left":false,"strip_right":true},{"type":"Replace","pattern":{"Regex":" {2,}"},"content":"▁"}'),
       ('"prepend_scheme":"always","split":true}', '"add_prefix_space":true}')]


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as f, gzip.GzipFile("", "wb", 9, f, 0) as z:
        z.write(data.encode() if isinstance(data, str) else data)


def lines(rows):
    return "".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) + "\n" for r in rows)


def ties(tmp):
    """Random models over three letters, not all of them pieces, with scores in tenths; random texts."""
    draw, rows = random.Random(3), []
    model, made = os.path.join(tmp, "ties.model"), os.path.join(tmp, "ties.json")
    substrings = ["".join(p) for n in (1, 2, 3) for p in itertools.product("abc", repeat=n)]
    while len(rows) < 40:
        pieces = [["▁", -draw.randint(10, 60) / 10]] + [[s, -draw.randint(10, draw.choice([30, 60, 140])) / 10] for s in substrings if draw.random() < 0.6]
        pieces.sort(key=lambda p: -p[1])
        with open(model, "wb") as f:
            f.write(piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("</s>", 0, 3) + b"".join(piece(*p) for p in pieces) + message(2, b""))
        tokenizer_json(model, made)
        texts = ["".join(draw.choices("abc", k=draw.randint(3, 24))) for _ in range(12)]
        answers = zip(texts, *([a[0] for a in r.texts(texts)] for r in (SentencePiece(model), HuggingFace(made))))
        rows.append({"pieces": pieces, "cases": [list(a) for a in answers]})
    return rows


def added(made):
    """Tokens of a user's, of which the first takes white space before it, the second after it, the third on both sides, and which are single words or not."""
    tokens = [{"content": c, "lstrip": "l" in how, "rstrip": "r" in how, "single_word": "w" in how, "normalized": False, "special": "s" in how}
              for c, how in (("<mask>", "ls"), ("<sep>", "r"), ("[X]", "lr"), ("Nile", "w"), ("ent", "lw"), ("Nile x", "w"))]
    tok = tokenizers.Tokenizer.from_file(made)
    for t in tokens:
        tok.add_tokens([tokenizers.AddedToken(**t)])
        t["id"] = tok.token_to_id(t["content"])
    texts = ["a  <mask> b", "<mask>", " <mask> ", "the river <sep>  and <sep>", "a [X] [X]  b", "one [X] <mask> <sep> [X]two", "Nile", "the Nile, the Niles", "Nile1 Nile_ Nile- éNile",
             "Nile\u0301 Nile\u200d Nile\u20ac \u0660Nile \u2160Nile \u24d0Nile", "a\u00a0<mask>", "a\u2028 \t<mask>\u3000b<sep>\u1680c", "gent entity ent", "a\u001f<mask> \u0085<mask> \u200b<mask>",
             "Nile xx Nile x", "a<sep>\n", " [X]", "  ", "<sep><mask>", "<sep>  <mask> x", "x Nile<mask>Nile"]
    for text in texts:
        e = tok.encode(text, add_special_tokens=False)
        yield [text, e.ids, [list(o) for o in e.offsets]]
    yield tokens


def main():
    texts = [text for _, text in sentences(30)]
    with tempfile.TemporaryDirectory() as tmp:
        corpus, model, made = (os.path.join(tmp, n) for n in ("corpus.txt", "m.model", "tokenizer.json"))
        open(corpus, "w", encoding="utf-8").writelines(t + "\n" for t in texts)
        sentencepiece.SentencePieceTrainer.train(input=corpus, model_prefix=model[:-6], model_type="unigram", vocab_size=4000, hard_vocab_limit=False,
                                                 character_coverage=0.999, num_threads=1, shuffle_input_sentence=False, minloglevel=2)
        tokenizer_json(model, made)
        new = json.dumps(json.load(open(made, encoding="utf-8")), ensure_ascii=False, separators=(",", ":"))
        old = new
        for a, b in OLD:
            assert a in old, a
            old = old.replace(a, b)
        for path, text in ((made, new), (made + ".old", old)):
            open(path, "w", encoding="utf-8").write(text)
        write("sentencepiece.bpe.model.gz", open(model, "rb").read())
        write("tokenizer.json.gz", new)
        spm, hf, hf4 = SentencePiece(model), HuggingFace(made), HuggingFace(made + ".old")

        rows = []
        for text, a, b, c in zip(texts + NASTY, *(r.texts(texts + NASTY) for r in (spm, hf, hf4))):
            rows.append({"text": text, "spm": a, "hf": b, "hf4": c})
            rows[-1]["spm_text"] = spm.sp.decode([i - 1 if i > 3 else 0 for i in a[0]])
            rows[-1]["hf_text"] = hf.tok.decode(b[0], skip_special_tokens=True)
        lists = [t.split() for t in texts[::10] + NASTY] + LISTS
        for words, a, b, c in zip(lists, *(r.words(lists) for r in (spm, hf, hf4))):
            rows.append({"words": words, "spm": a, "hf": b, "hf4": c})
        for row in rows:
            if row["hf4"] == row["hf"]:
                del row["hf4"]
        write("expected.jsonl.gz", lines(rows))

        draw, pairs = random.Random(7), []
        for _ in range(120):
            a = " ".join(draw.sample(texts, draw.choice([1, 2, 3])))
            b = draw.choice([None, a, draw.choice(texts)])
            limit = draw.choice([3, 4, 5, 8, 9, 16, 17, 40, 512])
            hf.tok.enable_truncation(limit)
            pairs.append([a, b, limit, hf.tok.encode(a, b).ids])
        hf.tok.no_truncation()
        decoded, size = [], hf.tok.get_vocab_size()
        for _ in range(100):
            ids = [draw.choice([0, 1, 2, 3, 3, 4, 4, size - 1, *(draw.randrange(4, size - 7) for _ in range(8))]) for _ in range(draw.randint(0, 9))]
            for_spm = [{0: 1, 2: 2, 3: 0}.get(i, i - 1) for i in ids if i != 1 and i < size - 7]
            decoded.append([ids, spm.sp.decode(for_spm), hf.tok.decode(ids, skip_special_tokens=True)])
        hf.tok.encode_special_tokens = False
        special = []
        for text in [t for t in NASTY if "<" in t] + ["one</s> two <s>three", " </s> ", "a</s></s>b", "é <pad>x"]:
            e = hf.tok.encode(text, add_special_tokens=False)
            special.append([text, e.ids, [list(o) for o in e.offsets]])
        for name, data in (("pairs.jsonl", pairs), ("specials.jsonl", special), ("decode.jsonl", decoded), ("ties.jsonl", ties(tmp)), ("added.jsonl", added(made))):
            open(os.path.join(HERE, name), "w", encoding="utf-8").write(lines(data))


if __name__ == "__main__":
    main()
