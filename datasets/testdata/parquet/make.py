"""Writes empty.parquet, a table without rows, as pyarrow writes one: with a row group, and no page in it."""

import pathlib

import pyarrow
import pyarrow.parquet

table = pyarrow.table({"tokens": pyarrow.array([], pyarrow.list_(pyarrow.string()))})
pyarrow.parquet.write_table(table, pathlib.Path(__file__).with_name("empty.parquet"))
