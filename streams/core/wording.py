"""How much candidates share of the words of what their users liked: cosines, rare words counting most (tf-idf; Spärck
Jones, "A statistical interpretation of term specificity", Journal of Documentation, 1972).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.core.candidates.base import Context, Floats
from streams.core.candidates.pool import Pools
from streams.core.compiled import compiled
from streams.core.rows import Rows
from streams.core.segments import Places
from streams.core.words import WORDS

COMPARED = 50  # newest liked items
WORDINGS = 2  # words_mean, words_max: see features.py
_STEP = np.float32(0.93)  # each step back in the history counts this much less in the mean
_MAX_STEP = np.float32(0.97)  # and in the maximum


def wording(pools: Pools, contexts: Sequence[Context], found: Floats) -> None:
    """Fill `found` float32[WORDINGS, n]: the mean cosine of each candidate's words to those of the liked items, and the
    largest; 0 where there is nothing to compare.
    """
    liked = np.concatenate([context.taste.liked[:COMPARED] for context in contexts])
    likes = np.array([len(context.taste.liked[:COMPARED]) for context in contexts])
    words, logs, log_count, heads = contexts[0].catalogue.wording()
    _shared(words, logs, log_count, heads, pools.rows, pools.lists.sizes, liked, likes, found)


@compiled("f4(i4[::1], f4[::1], f4)")
def _length(words: Rows, logs: Floats, log_count: float) -> float:
    square = np.float32(0)
    for word in words:
        if word < 0:
            break
        square += (log_count - logs[word]) ** 2
    length: float = np.sqrt(max(square, np.float32(1e-12)))
    return length


@compiled("void(i4[:, ::1], f4[::1], f4, i4[::1], i4[::1], i8[::1], i4[::1], i8[::1], f4[:, ::1])")
def _shared(  # noqa: PLR0917 - compiled functions take no keywords
    words: Rows,
    logs: Floats,
    log_count: float,
    heads: Rows,
    rows: Rows,
    sizes: Places,
    liked: Rows,
    likes: Places,
    found: Floats,
) -> None:
    """Each word of the liked items leads to a chain of those that have it, so a candidate meets only likes that it
    shares a word with. `heads` by word is believed where it leads to a link of the same word (as in accumulate.py).
    """
    room = COMPARED * WORDS
    word_of, like_of, before = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32)
    lengths, cosines = np.empty(COMPARED, np.float32), np.empty(COMPARED, np.float32)
    start = first = 0
    for one in range(len(sizes)):
        links = 0
        mass = np.float32(0)
        for like in range(likes[one]):
            mine = words[liked[first + like]]
            lengths[like] = _length(mine, logs, log_count)
            mass += _STEP**like
            for word in mine:
                if word < 0:
                    break
                head = heads[word]
                known = 0 <= head < links and word_of[head] == word
                word_of[links], like_of[links], before[links] = word, like, head if known else -1
                heads[word] = links
                links += 1
        for at in range(start, start + sizes[one]):
            cosines[: likes[one]] = 0
            mine = words[rows[at]]
            for word in mine:
                if word < 0:
                    break
                link = heads[word]
                if not (0 <= link < links and word_of[link] == word):
                    continue
                rarity = np.float32((log_count - logs[word]) ** 2)
                while link >= 0:
                    cosines[like_of[link]] += rarity
                    link = before[link]
            length = _length(mine, logs, log_count)
            mean, most = np.float32(0), np.float32(0)
            for like in range(likes[one]):
                cosine = cosines[like] / (length * lengths[like])
                mean += cosine * _STEP**like
                most = max(most, cosine * _MAX_STEP**like)
            found[0, at] = mean / max(mass, np.float32(1e-12))
            found[1, at] = most
        start += sizes[one]
        first += likes[one]
