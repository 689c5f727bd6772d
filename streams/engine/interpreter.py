"""How a worker's Python interpreter is set: for lists that are not held up."""

from __future__ import annotations

import gc
import sys

# Records are fetched on a thread of their own. While lists are made it waits this long for its turn of the interpreter,
# some four times per fetch; Python's default is 5 ms.
_SWITCH_S = 0.001


def settle() -> None:
    """To be called once everything is loaded and made.

    The garbage collector leaves modules and models alone, and looks only at what has outlived a few hundred events: at
    50,000 objects a look took 100 ms, in which no list is made, at 10,000 it takes 10 to 20 ms. What has outlived two
    looks more is left alone as good as forever: a full collection looks at every object there is.
    """
    sys.setswitchinterval(_SWITCH_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 2, 1_000)
