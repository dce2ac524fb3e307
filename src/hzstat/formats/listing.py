"""The groups of columns that rows can have, as `hzstat --list` tells them."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hzstat.groups.group import Group

NAME, UNIT = 9, 6           # columns of the screen


def listing(groups: Iterable[Group]) -> Iterator[str]:
    """Of each group its options and sources, and of each column the unit and the formula."""
    yield "group, and the columns of each: their unit, and what they are made of"
    for group in groups:
        yield ""
        options = " ".join(group.options)
        choice = f"  [-{group.choice.letter} {group.choice.metavar}]" if group.choice else ""
        yield f"{options}{choice}  {group.help}"
        for column in group.columns:
            burst = "" if column.heading else f" ({', '.join(group.bursts)}, --burst)"
            yield (f"    {column.name.ljust(NAME)} {(column.quantity.unit or '-').ljust(UNIT)} "
                   f"{column.formula}{burst}")
        if group.sources:
            yield f"    from {', '.join(group.sources)}"
