"""Rows of known texts: Spans over records that are made of them."""
from types import SimpleNamespace

import numpy as np

import hzstat
from hzstat import descriptors
from hzstat._loop import HEADER_FIELDS
from hzstat.spans import Spans

SECOND = 1_000_000_000
START = 1_795_557_000 * SECOND
ROOM = 9


def records_of(source, samples):
    """Records of samples (seconds after START, text), as a view would give them."""
    fields = descriptors.find(source).learn(samples[0][1], source).fields
    records = np.zeros(len(samples), [*HEADER_FIELDS, ("data", np.dtype(list(fields)), (ROOM,))])
    for record, (seconds, text) in zip(records, samples, strict=True):
        rows = hzstat.parse(source, text)
        record["time_ns"] = record["wall_ns"] = START + round(seconds * SECOND)
        record["rows"] = len(rows)
        record["data"][:len(rows)] = rows
    return records


def spans_of(texts, period=1.0, root=None, fine=None):
    """A row over all of these: source → [(seconds, text), …], the first its baseline."""
    def cut(end_ns, history_ns):
        pass
    spans = {source: SimpleNamespace(records=records_of(source, samples), cut=cut)
             for source, samples in texts.items()}
    found = Spans(spans, dict.fromkeys(texts, round(period * SECOND)), fine, root)
    found.cut(START, START + round(max(samples[-1][0] for samples in texts.values()) * SECOND))
    return found


def values_of(panel, at):
    """What a panel shows of a row."""
    return panel.values(panel.measured(at))
