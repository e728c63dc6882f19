"""Writes the Parquet files of plugins/task-files' tests with PyArrow, which writes those of Hugging Face's data sets.

pip install pyarrow; python3 tools/parquet_samples.py
"""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

RESOURCES = Path(__file__).parent.parent / "plugins/task-files/src/test/resources"


def rows(name):
    return pa.Table.from_pylist([json.loads(line) for line in (RESOURCES / "layouts" / name).open()])


def write(table, name, codec):
    target = RESOURCES / "parquet" / name
    target.parent.mkdir(exist_ok=True)
    pq.write_table(table, target, compression=codec, row_group_size=1)


for codec in ["snappy", "zstd", "gzip", "none", "lz4"]:
    write(rows("squad_rows.jsonl"), f"squad_{codec}.parquet", codec)
write(rows("hotpot_rows.jsonl"), "hotpot.parquet", "snappy")
