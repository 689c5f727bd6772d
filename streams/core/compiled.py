"""Functions compiled to machine code by numba: the arithmetic of a list is many small steps over few numbers, where
numpy spends its time on being called.

A compiled function takes arrays and numbers and gives them back, nothing else. Its signature is written down, so it is
compiled when its module is imported, never in the middle of an event, and kept on disk for the next start
(`__pycache__`, or NUMBA_CACHE_DIR). An argument of another type raises TypeError instead of compiling once more.
A division by zero gives what numpy gives: to ask each time would keep a loop from working on many numbers at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])

# Sums may be added up in any order, so that they use the processor's vector instructions. Infinities stay what they
# are.
FAST = {"reassoc", "contract", "nsz"}


def compiled(signature: str, *, never_nan: bool = False) -> Callable[[Function], Function]:
    """`signature` in numba's notation: `f4[::1](f4[:, ::1], i8)` takes a float32 matrix in C order and an int64.

    `never_nan`: no number in it ever is, so that the largest of many is found by vector instructions too.
    """
    fast = FAST | {"nnan"} if never_nan else FAST
    decorate: Callable[[Function], Function] = njit(
        signature, cache=True, fastmath=fast, nogil=True, error_model="numpy"
    )
    return decorate
