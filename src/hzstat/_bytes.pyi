"""For annotations alone; there is no such module when the program runs."""
from typing import Any, TypeAlias

from numpy.typing import NDArray
from typing_extensions import Buffer

# numpy says that an array is a Buffer from Python 3.12 on.
Bytes: TypeAlias = Buffer | NDArray[Any]
