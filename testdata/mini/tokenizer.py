"""Train the mini checkpoint's SentencePiece model: tokenizer.py TEXT OUTDIR (needs `pip install sentencepiece`).

Unigram, nmt_nfkc, every character covered, no byte fallback, as XGLM's. The model's ids are XGLM's minus one;
vocab_size in config.json is the number of pieces + 8 (XGLM adds <pad> in front and seven <madeupword>s behind).
"""

import io
import sys

import sentencepiece as spm

text, out = sys.argv[1:]
with open(text, encoding="utf-8") as f:
    segments = sorted({s for line in f for s in line.rstrip("\n").split("\t")})
model = io.BytesIO()
spm.SentencePieceTrainer.train(
    sentence_iterator=iter(segments), model_writer=model, model_type="unigram", vocab_size=3400,
    normalization_rule_name="nmt_nfkc", character_coverage=1.0, num_threads=1,
    required_chars="abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:!?-'\"()",
)
with open(out + "/sentencepiece.bpe.model", "wb") as f:
    f.write(model.getvalue())
