"""How a worker's Python interpreter is set: for lists that are not held up."""

from __future__ import annotations

import gc
import sys

# Records are fetched on a thread of their own. While lists are made it waits this long for its turn of the interpreter,
# some four times per fetch; Python's default is 5 ms.
_SWITCH_S = 0.001


def settle() -> None:
    """To be called once everything is loaded and made.

    The garbage collector leaves modules and models alone and looks less often at what a batch makes: a full collection
    looks at every object there is, tens of milliseconds in which no list is made.
    """
    sys.setswitchinterval(_SWITCH_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
