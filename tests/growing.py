"""Files of a recording that tests make, by hand."""
from contextlib import contextmanager

import numpy as np

from hzstat.recordings import folder, npy

HEADER = [("tick", "i8"), ("status", "i4"), ("rows", "u4")]
ROW = [("name", "S16"), ("rx_bytes", "u8")]


def dtype(max_rows, header=HEADER, row=ROW):
    return np.dtype([*header, ("data", np.dtype(row), (max_rows,))])


def some_records(count, max_rows=2, seed=1):
    records = np.zeros(count, dtype(max_rows))
    chance = np.random.default_rng(seed)
    records["tick"] = np.arange(count)
    records["rows"] = max_rows
    records["data"]["name"] = b"eth0"
    records["data"]["rx_bytes"] = chance.integers(0, 1 << 63, (count, max_rows), dtype="u8")
    return records


@contextmanager
def kept_folder(path):
    made = folder.Folder(str(path))
    made.keep()
    yield made
    made.close()


def growing(place, max_rows=2):
    file = npy.GrowingFile(place, "net__dev.npy", HEADER, ROW, max_rows)
    file.publish()
    return file
