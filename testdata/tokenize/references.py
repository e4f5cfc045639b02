"""The two reference tokenizers for one vocabulary, and what each says of a text or of a list of words: (ids, offsets in code points, word indices).

Needs sentencepiece (a version with return_type offset_mapping) and tokenizers; transformers only to make a tokenizer.json of a SentencePiece model."""
import struct

import sentencepiece
import tokenizers


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """(number, value) of each field of a protobuf message."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            size = {1: 8, 5: 4}[tag & 7]
            value, at = data[at:at + size], at + size
        yield tag >> 3, value


def message(number, data):
    """A length-delimited field."""
    size, out = len(data), b""
    while size > 127:
        out, size = out + bytes([size & 127 | 128]), size >> 7
    return bytes([number << 3 | 2]) + out + bytes([size]) + data


def piece(text, score, kind=1):
    """A piece of a SentencePiece model."""
    return message(1, message(1, text.encode()) + b"\x15" + struct.pack("<f", score) + bytes([3 << 3, kind]))


def tokenizer_json(model, out):
    """Write the tokenizer.json that transformers makes of a SentencePiece model."""
    import base64
    from transformers import XGLMTokenizer

    pieces, charsmap = [], b""
    for number, message in fields(open(model, "rb").read()):
        if number == 1:
            piece = dict(fields(message))
            pieces.append((piece[1].decode(), struct.unpack("<f", piece.get(2, b"\0\0\0\0"))[0]))
        elif number == 3:
            charsmap = dict(fields(message)).get(2, b"")
    vocab = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)] + pieces[3:] + [(f"<madeupword{i}>", 0.0) for i in range(7)]
    XGLMTokenizer(vocab=vocab, _spm_precompiled_charsmap=charsmap or None).backend_tokenizer.save(out)


class SentencePiece:
    """Rule spm. A word is opened by a marker; unknown is 0 in the model's ids and 3 in XGLM's, all others move up by one."""

    def __init__(self, path):
        self.sp = sentencepiece.SentencePieceProcessor(model_file=path)

    def answer(self, a):
        words, word = [], -1
        for piece in a["pieces"]:
            word += piece.startswith("▁") or word < 0
            words.append(word)
            word += piece[1:].count("▁")
        return [i + 1 if i else 3 for i in a["ids"]], [list(o) for o in a["offsets"]], words

    def texts(self, texts):
        return [self.answer(a) for a in self.sp.encode(texts, return_type="offset_mapping")]

    def words(self, lists):
        flat = iter(self.texts([w for words in lists for w in words]))
        for words in lists:
            ids, offsets, index = [], [], []
            for i, a in enumerate(next(flat) for _ in words):
                ids += a[0]
                offsets += a[1]
                index += [i] * len(a[0])
            yield ids, offsets, index


class HuggingFace:
    """Rule hf, with literal specials read as text."""

    def __init__(self, path):
        self.tok = tokenizers.Tokenizer.from_file(path)
        self.tok.encode_special_tokens = True

    def answer(self, e):
        return e.ids, [list(o) for o in e.offsets], e.word_ids

    def texts(self, texts):
        return [self.answer(e) for e in self.tok.encode_batch(texts, add_special_tokens=False)]

    def words(self, lists):
        return [self.answer(e) for e in self.tok.encode_batch(lists, is_pretokenized=True, add_special_tokens=False)]
