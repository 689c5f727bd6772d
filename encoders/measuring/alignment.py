"""How well two modalities of the same items agree: error, mutual information, likeness of structure, gap, spread.

Sources: alignment and uniformity, Wang and Isola 2020; linear CKA, Kornblith et al. 2019, on the unbiased HSIC of Song
et al. 2012; the modality gap, Liang et al. 2022; the InfoNCE bound, van den Oord et al. 2018; the NWJ bound, Nguyen,
Wainwright and Jordan 2010 (both as in Poole et al. 2019).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from encoders.spec import Floats

SCALES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)  # inverse temperatures tried on the items that choices are made on
Doubles = NDArray[np.float64]


def pair_figures(a: Floats, b: Floats, tuning: tuple[Floats, Floats]) -> dict[str, float]:
    """All figures of a pair of modalities: unit rows float32[n, d], row i of both of the same item.

    `tuning` holds the like of other items: the critic's temperature is chosen there, so that the bounds stay bounds.
    """
    return {
        "mse": mean_squared_error(a, b),
        "alignment": alignment(a, b),
        "cosine": float((a * b).sum(axis=1).mean()),
        "infonce": max(0.0, infonce_bound(a, b, _best(infonce_bound, tuning))),
        "nwj": max(0.0, nwj_bound(a, b, _best(nwj_bound, tuning), tuning)),
        "cka": cka(a, b),
        "gap": modality_gap(a, b),
        "n": len(a),
    }


def mean_squared_error(a: Floats, b: Floats) -> float:
    """Mean over pairs and dimensions."""
    return float(((a - b) ** 2).mean())


def alignment(a: Floats, b: Floats) -> float:
    """Mean squared distance of a pair, 0 to 4: smaller is nearer."""
    return float(((a - b) ** 2).sum(axis=1).mean())


def uniformity(vectors: Floats) -> float:
    """The log of E exp(-2 |x - y|²) over all pairs of different items, at least -8: smaller is better spread."""
    cosines = vectors @ vectors.T
    apart = cosines[np.triu_indices(len(vectors), 1)].astype(np.float64)
    return float(log_mean_exp(4.0 * apart - 4.0))


def modality_gap(a: Floats, b: Floats) -> float:
    """The distance between the centres of the two modalities."""
    return float(np.linalg.norm(a.mean(axis=0) - b.mean(axis=0)))


def cka(a: Floats, b: Floats) -> float:
    """Linear centred kernel alignment: 1 where the items lie alike to each other in both, up to rotation, 0 by chance.

    Of the unbiased estimates of HSIC: the plain one nears 1 for any two spaces with more dimensions than items.
    """
    first, second = (_without_diagonal(one.astype(np.float64) @ one.T) for one in (a, b))
    norms = _hsic(first, first) * _hsic(second, second)
    return float(_hsic(first, second) / np.sqrt(norms)) if norms > 0 else 0.0


def _hsic(a: Doubles, b: Doubles) -> float:
    """Of two Gram matrices [n, n] with empty diagonals, n > 3: Song et al. 2012, equation 5, times n (n - 3)."""
    n = len(a)
    both = a.sum() * b.sum() / ((n - 1) * (n - 2))
    return float((a * b).sum() + both - 2.0 / (n - 2) * (a.sum(axis=0) @ b.sum(axis=0)))


def _without_diagonal(square: Doubles) -> Doubles:
    np.fill_diagonal(square, 0.0)
    return square


def infonce_bound(a: Floats, b: Floats, scale: float) -> float:
    """A lower bound of the mutual information in nats, at most log n; the critic is scale times the cosine."""
    scores = scale * (a @ b.T).astype(np.float64)
    return float((scores.diagonal() - log_mean_exp(scores, axis=1)).mean())


def nwj_bound(a: Floats, b: Floats, scale: float, tuning: tuple[Floats, Floats] | None = None) -> float:
    """E_pairs[f] - E_all[exp(f - 1)] in nats; f is scale times the cosine and a constant that suits `tuning`."""
    apart = _off_diagonal(scale * (a @ b.T).astype(np.float64))
    known = apart if tuning is None else _off_diagonal(scale * (tuning[0] @ tuning[1].T).astype(np.float64))
    constant = 1.0 - log_mean_exp(known)  # makes the mean of exp(f - 1) one there: the optimum
    paired = scale * (a * b).sum(axis=1).astype(np.float64) + constant
    return float(paired.mean() - np.exp(log_mean_exp(apart + constant - 1.0)))


def log_mean_exp(values: Doubles, axis: int | None = None) -> Doubles:
    """The logarithm of the mean of exp(values), without overflow."""
    top = values.max(axis=axis, keepdims=True)
    return np.asarray(np.log(np.exp(values - top).mean(axis=axis)) + np.squeeze(top, axis=axis))


def _best(bound: Callable[[Floats, Floats, float], float], tuning: tuple[Floats, Floats]) -> float:
    a, b = tuning
    return max(SCALES, key=lambda scale: bound(a, b, scale)) if len(a) > 1 else SCALES[len(SCALES) // 2]


def _off_diagonal(square: Doubles) -> Doubles:
    flat: Doubles = square[~np.eye(len(square), dtype=bool)]
    return flat
