"""From rings to files: whatever is published, in whatever portions it is taken."""
import mmap
import tempfile

import numpy as np
import pytest
from growing import HEADER, ROW, dtype
from hypothesis import given
from hypothesis import strategies as st

from hzstat._ring import Ring
from hzstat.recordings import folder, recorder
from hzstat.recordings.recorder import Track

MOST_ROWS, SLOTS = 9, 16
ABOUT = "\n".join(["made 1", "source net/dev", *(f"header {kind} {name}" for name, kind in HEADER),
                   *(f"row {kind} {name}" for name, kind in ROW)]).encode()


@pytest.fixture(scope="module")
def place():
    with tempfile.TemporaryDirectory() as path:
        yield path


def publish(ring, tick, rows):
    """A record as a worker publishes it: without the rows that it hasn't."""
    record = np.zeros((), dtype(MOST_ROWS))
    record["tick"], record["rows"] = tick, rows
    record["data"]["name"][:rows] = b"eth0"
    record["data"]["rx_bytes"][:rows] = np.arange(rows) + 1000 * tick
    size = record.dtype["data"].base.itemsize * rows + dtype(1).itemsize - np.dtype(ROW).itemsize
    ring.put(np.frombuffer(record.tobytes()[:size], "u8").copy())
    return record


# Before the first flush some, and then some between any two.
@given(first=st.lists(st.integers(0, MOST_ROWS), max_size=SLOTS - 1),
       portions=st.lists(st.lists(st.integers(0, MOST_ROWS), max_size=2 * SLOTS), max_size=5),
       buffer_bytes=st.sampled_from([4096, 1 << 16]))
def test_all_that_was_there_is_in_the_file(place, first, portions, buffer_bytes):
    where = folder.Folder(f"{place}/run")
    ring = Ring(dtype(MOST_ROWS).itemsize, SLOTS, about=ABOUT)
    published = [publish(ring, tick, rows) for tick, rows in enumerate(first)]
    track, buffer = Track(ring, where), mmap.mmap(-1, buffer_bytes)
    kept, lost, widened = [], 0, []
    for portion in [[], *portions]:
        fresh = [publish(ring, len(published) + number, rows)
                 for number, rows in enumerate(portion)]
        published += fresh
        waiting = published[len(kept) + lost:]
        gone = max(0, len(waiting) - (SLOTS - 1))       # of the oldest
        lost += gone
        track.flush(buffer, lambda: widened.append(track.widening))
        kept += waiting[gone:]
        found = np.load(f"{place}/run/net__dev.npy", mmap_mode="r")
        rows = found.dtype["data"].shape[0]
        assert found.dtype == dtype(rows)
        assert [one.tobytes().rstrip(b"\0") for one in found] == \
            [one.tobytes().rstrip(b"\0") for one in kept]
        assert rows >= max([1, *(int(one["rows"]) for one in kept)])
        assert track.lost == lost
    assert all(widened)
    where.clear()
    track.file.close()
    where.close()


@pytest.mark.parametrize(("number", "reason"), [(28, "full"), (27, "full"), (122, "full"),
                                                (5, "failed"), (30, "failed")])
def test_why_it_cannot_be_written(number, reason):
    found, message = recorder.reason_for(OSError(number, "some reason"))
    assert found == reason
    assert message.startswith("some reason: ")
