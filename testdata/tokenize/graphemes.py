#!/usr/bin/env python3
"""Write the grapheme classes of Hugging Face's tokenizers, whose Unicode version is not Go's: graphemes.py > ../../tokenize/graphemes.tsv

The classes come from the library itself. Its normaliser Precompiled replaces a grapheme of less than six bytes as a whole, and the
characters of a longer one separately. So with a table of one entry, a mark after the replaced character is kept if the characters
before it joined the grapheme.
"""
import struct, sys

from tokenizers import normalizers

MARK, VIRAMA, KA, NUKTA_KA, TRADE, ZWJ = "\u0301", "\u094d", "\u0915", "\u0958", "\u2122", "\u200d"


def table(key):
    """A precompiled charsmap that maps one key to Z: a chain of units, each in a block of 256 of its own."""
    key = key.encode()
    units = [0] * (256 * (len(key) + 2))
    units[0] = 256 << 10
    for i, byte in enumerate(key):
        at = 256 * (i + 1) ^ byte
        units[at] = (at ^ 256 * (i + 2)) << 10 | (i + 1 == len(key)) << 8 | byte
    units[256 * (len(key) + 1)] = 1 << 31
    return struct.pack(f"<{len(units) + 1}I", 4 * len(units), *units) + b"Z\0"


def asks(key):
    n = normalizers.Precompiled(table(key))
    return lambda text: n.normalize_str(text)


after_a, after_grave, after_ka, after_trade = asks("a"), asks("\u0300"), asks(NUKTA_KA), asks(TRADE)


def classes(c):
    if after_a("a" + c) == "Z":  # c joins what is before it
        yield "zwj" if c == ZWJ else "linker" if after_ka(KA + c + NUKTA_KA + MARK).endswith(MARK) else \
            "extend" if after_ka(KA + c + VIRAMA + NUKTA_KA + MARK).endswith(MARK) else "spacing"
    elif not after_grave(c + "\u0300" + MARK).endswith(MARK):  # nothing joins c
        yield "control"
    elif after_a(c + "a" + MARK).endswith(MARK):  # c joins what is after it
        yield "prepend"
    elif after_ka(c + VIRAMA + NUKTA_KA + MARK).endswith(MARK):
        yield "consonant"
    elif after_trade(c + ZWJ + TRADE + MARK).endswith(MARK):
        yield "pictograph"


ranges = []
for code in range(0x80, 0x110000):
    if not 0xd800 <= code < 0xe000:
        for name in classes(chr(code)):
            if ranges and ranges[-1][1:] == [code - 1, name]:
                ranges[-1][1] = code
            else:
                ranges.append([code, code, name])
print("first\tlast\tclass")
for first, last, name in ranges:
    print(f"{first:x}\t{last:x}\t{name}")
print(len(ranges), "ranges", file=sys.stderr)
