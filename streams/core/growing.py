"""Numpy arrays that grow by doubling, so that appending rows costs amortised constant time.

There is always at least one unused place at the end, which holds the fill value: it answers for UNKNOWN (-1), so that
reading needs no check row by row.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)
_FIRST = 64


def grown(array: NDArray[Scalar], length: int, fill: Any = 0) -> NDArray[Scalar]:
    """`array`, or a longer copy with `length` places and a spare one, new ones filled with `fill`."""
    if length < len(array):
        return array
    longer = np.full((max(_FIRST, length + 1, 2 * len(array)), *array.shape[1:]), fill, dtype=array.dtype)
    longer[: len(array)] = array
    return longer
