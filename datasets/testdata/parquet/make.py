"""Writes small Parquet files as pyarrow writes them.

empty.parquet     a table without rows: with a row group, and no page in it
shared.parquet    one long text that many rows share, by a dictionary
unpacked.parquet  texts that compression shrank
"""

import pathlib

import pyarrow
import pyarrow.parquet


def write(name, texts, **options):
    table = pyarrow.table({"text": pyarrow.array(texts, pyarrow.string())})
    pyarrow.parquet.write_table(table, pathlib.Path(__file__).with_name(name), **options)


write("empty.parquet", [])
write("shared.parquet", ["x" * 1_000_000] * 100, compression="zstd")
write("unpacked.parquet", ["x" * 1_000_000] * 100, compression="zstd", use_dictionary=False)
