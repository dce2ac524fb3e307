"""Run under short_reads.so: reads each fixture cut in every way, and prints how many reads."""
import ctypes

import texts

import hzstat

MOST_BYTES = 1600
library = ctypes.CDLL(None)
piece_bytes, cut_at = (ctypes.c_long.in_dll(library, name) for name in ("piece_bytes", "cut_at"))
reads = 0

for case in texts.CASES:
    where, path = texts.place_of(*case)
    size = path.stat().st_size
    if size > MOST_BYTES:
        continue
    with hzstat.Reader(case[1], **where) as reader:
        wanted = reader.read().tobytes()
        for knob in piece_bytes, cut_at:
            for knob.value in range(1, size + 1, 1 if size < 400 else 7):
                assert reader.read().tobytes() == wanted, (case, piece_bytes, cut_at)
                reads += 1
            knob.value = 0
print(reads)
