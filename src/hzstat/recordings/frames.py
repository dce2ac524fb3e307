"""Records as pandas' tables: a line for each row of each record."""
from __future__ import annotations

import numpy as np

from hzstat.errors import HzstatError
from hzstat.formats.table import INTEGER, TEXT, TIME

from .tidy import Tidy, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .recording import Recording
    from .tidy import FieldColumn


def pandas() -> Any:
    try:
        import pandas  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        raise HzstatError("to_pandas() needs pandas, which isn't installed: pip install pandas"
                          ) from None
    return pandas


def frame(recording: Recording, source: str) -> Any:
    """A DataFrame of one source: its index is the time, in UTC; `attrs["units"]` has the unit of
    each column. Counts that are missing somewhere are of a type that knows <NA>."""
    pd = pandas()
    tidy = Tidy(source, recording[source], recording.description(source))
    chunks = list(tidy.chunks())
    columns = {}
    for i, column in enumerate(tidy.columns):
        values = np.concatenate([np.empty(0, column.dtype), *(chunk[i][0] for chunk in chunks)])
        absent = np.concatenate([np.empty(0, bool), *(
            np.zeros(len(values), bool) if missing is None else missing
            for values, missing in (chunk[i] for chunk in chunks))])
        columns[column.name] = series(pd, column, values, absent)
    found = pd.DataFrame(columns, index=pd.DatetimeIndex(columns.pop("time"), name="time"))
    found.attrs["units"] = {column.name: column.unit for column in tidy.columns if column.unit}
    return found


def series(pd: Any, column: FieldColumn, values: Any, absent: Any) -> Any:
    """A column in pandas' type for what it holds."""
    if column.kind == TIME:
        return pd.DatetimeIndex(values.astype("datetime64[ns]"), tz="UTC")
    if column.kind == TEXT:
        escaped, which = texts(values)
        names, codes = np.unique(escaped, return_inverse=True)  # as two may be escaped alike
        return pd.Categorical.from_codes(np.where(absent, -1, codes[which]), names.astype(object))
    if not absent.any():
        return values
    if column.kind == INTEGER:
        return pd.arrays.IntegerArray(values, absent)
    return np.where(absent, np.nan, values)
