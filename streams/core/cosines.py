"""Cosines between unit vectors, a few against many: too few for a matrix product of the library's to pay."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.core.compiled import compiled
from streams.core.segments import Places

Floats = NDArray[np.float32]


@compiled("f4[:, ::1](f4[:, ::1], i8[::1], f4[:, ::1])")
def cosines(vectors: Floats, at: Places, told: Floats) -> Floats:
    """float32[m, n] between each of `told` float32[m, d] and the vectors at `at` int64[n] of `vectors` float32[k, d];
    a place below 0 counts from the end.

    Four vectors and two of the told at a time: what is read is used more than once, and the next numbers of four
    vectors are on their way from memory at once.
    """
    n, m, d = len(at), len(told), vectors.shape[1]
    found = np.empty((m, n), np.float32)
    for first in range(0, n, 4):
        second, third, fourth = min(first + 1, n - 1), min(first + 2, n - 1), min(first + 3, n - 1)
        w, x, y, z = vectors[at[first]], vectors[at[second]], vectors[at[third]], vectors[at[fourth]]
        for one in range(0, m, 2):
            other = min(one + 1, m - 1)
            p, q = told[one], told[other]
            pw, px, py, pz = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
            qw, qx, qy, qz = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
            for i in range(d):
                pw += p[i] * w[i]
                px += p[i] * x[i]
                py += p[i] * y[i]
                pz += p[i] * z[i]
                qw += q[i] * w[i]
                qx += q[i] * x[i]
                qy += q[i] * y[i]
                qz += q[i] * z[i]
            found[one, first], found[one, second], found[one, third], found[one, fourth] = pw, px, py, pz
            found[other, first], found[other, second], found[other, third], found[other, fourth] = qw, qx, qy, qz
    return found
