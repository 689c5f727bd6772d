"""The two matrix products of a small network, with the candidates lying together: the compiler then works on many of
them at a time. Rows are taken in fours and pairs, so that each number is read and written less often.
"""

from __future__ import annotations

import numpy as np

from streams.core.candidates.base import Floats
from streams.core.compiled import compiled


@compiled("void(f4[:, ::1], f4[:, ::1], i8, i8, f4[:, ::1])")
def add_weighed(weights: Floats, rows: Floats, start: int, stop: int, sums: Floats) -> None:
    """Add to `sums` float32[k, n] the rows of `rows` float32[f, n], weighed by `weights` float32[f, k], in the columns
    from `start` up to `stop`.
    """
    f, n = len(rows), stop - start
    fours, pairs = f // 4 * 4, len(sums) // 2 * 2
    for k in range(0, pairs, 2):
        into, beside = sums[k, start:stop], sums[k + 1, start:stop]
        for i in range(0, fours, 4):
            one, two = rows[i, start:stop], rows[i + 1, start:stop]
            three, four = rows[i + 2, start:stop], rows[i + 3, start:stop]
            a, b, c, d = weights[i, k], weights[i + 1, k], weights[i + 2, k], weights[i + 3, k]
            p, q, r, s = weights[i, k + 1], weights[i + 1, k + 1], weights[i + 2, k + 1], weights[i + 3, k + 1]
            for at in range(n):
                into[at] += a * one[at] + b * two[at] + c * three[at] + d * four[at]
                beside[at] += p * one[at] + q * two[at] + r * three[at] + s * four[at]
    for k in range(len(sums)):
        into = sums[k, start:stop]
        for i in range(fours if k < pairs else 0, f):
            a, one = weights[i, k], rows[i, start:stop]
            for at in range(n):
                into[at] += a * one[at]


@compiled("f4[:, ::1](f4[:, ::1], f4[:, ::1], i8, i8)")
def row_products(rows: Floats, others: Floats, start: int, stop: int) -> Floats:
    """float32[f, k]: the product of every row of `rows` float32[f, n] with every one of `others` float32[k, n], over
    the columns from `start` up to `stop`.
    """
    f, count, n = len(rows), len(others), stop - start
    fours = count // 4 * 4
    found = np.empty((f, count), np.float32)
    for i in range(f):
        row = rows[i, start:stop]
        for k in range(0, fours, 4):
            a, b, c, d = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
            one, two = others[k, start:stop], others[k + 1, start:stop]
            three, four = others[k + 2, start:stop], others[k + 3, start:stop]
            for at in range(n):
                value = row[at]
                a += value * one[at]
                b += value * two[at]
                c += value * three[at]
                d += value * four[at]
            found[i, k], found[i, k + 1], found[i, k + 2], found[i, k + 3] = a, b, c, d
        for k in range(fours, count):
            a, one = np.float32(0), others[k, start:stop]
            for at in range(n):
                a += row[at] * one[at]
            found[i, k] = a
    return found
