"""How much candidates share of the words of what their users liked: cosines, rare words counting most (tf-idf; Spärck
Jones, "A statistical interpretation of term specificity", Journal of Documentation, 1972).
"""

from __future__ import annotations

import numpy as np

from streams.core.candidates.base import Floats
from streams.core.candidates.pool import Pools
from streams.core.catalogue import Catalogue
from streams.core.compiled import compiled
from streams.core.histories import Histories
from streams.core.rows import Rows
from streams.core.segments import Places
from streams.core.words import WORDS

COMPARED = 50  # newest liked items
_HEADS = 1 << 12
_LANES = 16  # of a vector instruction
_WIDTH = -(-COMPARED // _LANES) * _LANES
WORDINGS = 2  # words_mean, words_max: see features.py
_STEPS = np.float32(0.93) ** np.arange(COMPARED, dtype=np.float32)
"""Each step back in the history counts this much less in the mean"""
_MAX_STEPS = np.float32(0.97) ** np.arange(COMPARED, dtype=np.float32)
"""and in the maximum."""


def wording(pools: Pools, histories: Histories, catalogue: Catalogue, found: Floats) -> None:
    """Fill `found` float32[WORDINGS, n]: the mean cosine of each candidate's words to those of the liked items, and the
    largest; 0 where there is nothing to compare.
    """
    words, logs, log_count = catalogue.wording()
    lengths, as_of, edition = catalogue.word_lengths()
    given = (pools.rows, pools.lists.sizes, histories.liked, histories.likes)
    _shared(words, logs, log_count, lengths, as_of, edition, *given, _STEPS, _MAX_STEPS, found)


@compiled("f4(i4[:, ::1], f4[::1], f4, f4[::1], i8[::1], i8, i4)")
def _length(  # noqa: PLR0917 - compiled functions take no keywords
    words: Rows, logs: Floats, log_count: float, lengths: Floats, as_of: Places, edition: int, row: int
) -> float:
    """Of a row's words, each as long as it is rare; measured once per edition."""
    if as_of[row] != edition:
        square = np.float32(1e-12)
        for place in range(WORDS):
            word = words[row, place]
            if word < 0:
                break
            square += (log_count - logs[word]) ** 2
        lengths[row], as_of[row] = np.sqrt(square), edition
    length: float = lengths[row]
    return length


@compiled("i4(i4[::1], i4[::1], i4[::1], i4)")
def _slot(heads: Rows, word_of: Rows, before: Rows, word: int) -> int:
    """Of a word that a like has; below 0 for any other."""
    slot: int = heads[word % _HEADS]
    while slot >= 0 and word_of[slot] != word:
        slot = before[slot]
    return slot


@compiled(
    "void(i4[:, ::1], f4[::1], f4, f4[::1], i8[::1], i8, i4[::1], i8[::1], i4[::1], i8[::1], f4[::1], f4[::1],"
    " f4[:, ::1])",
    never_nan=True,
)
def _shared(  # noqa: PLR0917 - compiled functions take no keywords
    words: Rows,
    logs: Floats,
    log_count: float,
    lengths: Floats,
    as_of: Places,
    edition: int,
    rows: Rows,
    sizes: Places,
    liked: Rows,
    likes: Places,
    steps: Floats,
    max_steps: Floats,
    found: Floats,
) -> None:
    """Each word of the liked items has a slot with how rare it is where a like has it and 0 where not, so a candidate's
    words are looked up and their slots added up. They are found from a small table by the last bits of the word, which
    stays at the processor's hand; `before` leads on to others with the same.
    """
    room = COMPARED * WORDS
    word_of, before = np.empty(room, np.int32), np.empty(room, np.int32)
    rarities, shared = np.empty((room, _WIDTH), np.float32), np.zeros(_WIDTH, np.float32)
    in_mean, in_max = np.zeros(_WIDTH, np.float32), np.zeros(_WIDTH, np.float32)
    heads = np.empty(_HEADS, np.int32)
    start = first = 0
    for one in range(len(sizes)):
        compared = min(likes[one], COMPARED)
        width = -(-compared // _LANES) * _LANES
        mass = max(steps[:compared].sum(), np.float32(1e-12))
        heads[:] = -1
        slots = 0
        for like in range(compared):
            row = liked[first + like]
            length = _length(words, logs, log_count, lengths, as_of, edition, row)
            in_mean[like], in_max[like] = steps[like] / (length * mass), max_steps[like] / length
            for place in range(WORDS):
                word = words[row, place]
                if word < 0:
                    break
                slot = _slot(heads, word_of, before, word)
                if slot < 0:
                    slot, slots = slots, slots + 1
                    word_of[slot], before[slot], heads[word % _HEADS] = word, heads[word % _HEADS], slot
                    rarities[slot, :width] = 0
                rarities[slot, like] = (log_count - logs[word]) ** 2
        for at in range(start, start + sizes[one]):
            row, any_shared = rows[at], False
            for place in range(WORDS):
                word = words[row, place]
                if word < 0:
                    break
                slot = _slot(heads, word_of, before, word)
                if slot >= 0:
                    any_shared = True
                    for like in range(width):
                        shared[like] += rarities[slot, like]
            mean, most = np.float32(0), np.float32(0)
            if any_shared:
                for like in range(width):
                    mean += shared[like] * in_mean[like]
                    most = max(most, shared[like] * in_max[like])
                    shared[like] = 0
                length = _length(words, logs, log_count, lengths, as_of, edition, row)
                mean, most = mean / length, most / length
            found[0, at], found[1, at] = mean, most
        in_mean[:compared], in_max[:compared] = 0, 0
        start += sizes[one]
        first += likes[one]
