"""The arithmetic of the learned ranker: scores, and one step of learning from one list.

A linear softmax over a list's candidates, with a two-layer network (rectified units) on top that learns what the linear
part leaves over. Steps: AdaGrad (Duchi, Hazan, Singer, JMLR 2011) and Adam (Kingma and Ba, ICLR 2015).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Floats
from streams.core.compiled import compiled

Mask = NDArray[np.bool_]

ADAGRAD_STEP = np.float32(0.3)
L2 = np.float32(1e-5)
ADAM_STEP = np.float32(0.001)
_FIRST, _SECOND, _TINY = np.float32(0.9), np.float32(0.999), np.float32(1e-8)
LARGEST_STEP = np.float32(0.02)
"""No weight moves further in one lesson, whatever the list was."""
SPLIT = 40
"""Candidates per list whose scores are told by feature; in a longer list the linear part alone tells of the tail."""
LOSS_FADE = 0.998  # per lesson


@compiled("Tuple((f4[:, ::1], f4[:, :, ::1]))(i8, f4, f4[:, ::1], f4[::1])")
def _in_force(f: int, novice: float, linear: Floats, network: Floats) -> tuple[Floats, Floats]:
    """The weights that count for a list of a user with this `novice`: float32[2, f] of the linear part, float32[2, f,
    HIDDEN] of the network; first those for warm candidates, then those for cold ones.
    """
    units = len(network) // (3 * f + 2)
    block = f * units
    straight, weights = np.empty((2, f), np.float32), np.empty((2, f, units), np.float32)
    for i in range(f):
        straight[0, i] = linear[0, i] + novice * linear[1, i]
        straight[1, i] = straight[0, i] + linear[2, i]
        for k in range(units):
            at = i * units + k
            weights[0, i, k] = network[at] + novice * network[block + at]
            weights[1, i, k] = weights[0, i, k] + network[2 * block + at]
    return straight, weights


@compiled("Tuple((f4[::1], f4[:, ::1]))(f4[:, ::1], b1[::1], f4, f4[:, ::1], f4[::1])")
def forward(z: Floats, cold: Mask, novice: float, linear: Floats, network: Floats) -> tuple[Floats, Floats]:
    """The linear part's scores float32[n] and the hidden units float32[n, HIDDEN] of one list.

    `z` float32[n, f] standardised features, `cold` bool[n], `novice` in [0, 1].
    """
    n, f = z.shape
    straight, weights = _in_force(f, novice, linear, network)
    units = weights.shape[2]
    scores, hidden = np.zeros(n, np.float32), np.empty((n, units), np.float32)
    bias = network[3 * f * units : -units]
    for at in range(n):
        kind = 1 if cold[at] else 0
        hidden[at] = bias
        score = np.float32(0)
        for i in range(f):
            value = z[at, i]
            score += value * straight[kind, i]
            for k in range(units):
                hidden[at, k] += value * weights[kind, i, k]
        scores[at] = score
        for k in range(units):
            hidden[at, k] = max(hidden[at, k], np.float32(0))
    return scores, hidden


@compiled("void(f4[:, ::1], b1[::1], f4, f4, f4[:, ::1], f4[::1], i8, f4[:, ::1])")
def attributed(  # noqa: PLR0917 - compiled functions take no keywords
    z: Floats, cold: Mask, novice: float, share: float, linear: Floats, network: Floats, rest: int, parts: Floats
) -> None:
    """Fill `parts` float32[n, f] with what each feature adds to the score, the network's counting `share`.

    Rectified units make the network linear around each candidate, so its score splits up exactly; what the units'
    biases add goes to the feature `rest`. Only for the best SPLIT candidates is it split up: of the others all that the
    network adds goes there.
    """
    n, f = z.shape
    straight, weights = _in_force(f, novice, linear, network)
    for at in range(n):
        parts[at] = z[at] * straight[1 if cold[at] else 0]
    if share == 0:
        return
    scores, hidden = forward(z, cold, novice, linear, network)
    units = hidden.shape[1]
    bias, out = network[3 * f * units : -units], network[len(network) - units :]
    added = np.zeros(n, np.float32)
    for at in range(n):
        for k in range(units):
            added[at] += share * out[k] * hidden[at, k]
        scores[at] += added[at]
    least = np.sort(scores)[n - SPLIT] if n > SPLIT else scores.min()
    for at in range(n):
        if scores[at] < least:
            parts[at, rest] += added[at]
            continue
        kind = 1 if cold[at] else 0
        for k in range(units):
            hidden[at, k] = share * out[k] if hidden[at, k] > 0 else np.float32(0)
            parts[at, rest] += hidden[at, k] * bias[k]
        for i in range(f):
            slope = np.float32(0)
            for k in range(units):
                slope += hidden[at, k] * weights[kind, i, k]
            parts[at, i] += z[at, i] * slope


@compiled("f4[::1](f4[::1])")
def _softmax(scores: Floats) -> Floats:
    shares: Floats = np.exp(scores - scores.max())
    shares /= shares.sum()
    return shares


@compiled("void(f4[:, ::1], b1[::1], f4, f4[::1], f4, f4[:, ::1], f4[:, ::1])")
def _teach_linear(  # noqa: PLR0917 - compiled functions take no keywords
    z: Floats, cold: Mask, novice: float, wrong: Floats, importance: float, linear: Floats, squares: Floats
) -> None:
    """One AdaGrad step; `wrong` float32[n]: by how much each candidate's share is too large."""
    slope = np.zeros(linear.shape, np.float32)
    for at in range(len(z)):
        slope[0] += wrong[at] * z[at]
        if cold[at]:
            slope[2] += wrong[at] * z[at]
    slope[1] = novice * slope[0]
    for block in range(len(linear)):
        for i in range(linear.shape[1]):
            pull = slope[block, i]
            squares[block, i] += importance * pull * pull
            move = ADAGRAD_STEP * pull / np.sqrt(squares[block, i])
            move = max(-LARGEST_STEP, min(LARGEST_STEP, move))
            linear[block, i] -= importance * (move + L2 * linear[block, i])


@compiled("f4[::1](f4[:, ::1], b1[::1], f4, f4[::1], f4[:, ::1], f4[::1])")
def _network_slope(  # noqa: PLR0917 - compiled functions take no keywords
    z: Floats, cold: Mask, novice: float, wrong: Floats, hidden: Floats, network: Floats
) -> Floats:
    """The gradient of all the network's weights, laid out as they are."""
    n, f = z.shape
    units = hidden.shape[1]
    block = f * units
    slope = np.zeros(len(network), np.float32)
    out = network[3 * block + units :]
    back = np.empty(units, np.float32)
    for at in range(n):
        for k in range(units):
            slope[3 * block + units + k] += wrong[at] * hidden[at, k]
            back[k] = wrong[at] * out[k] if hidden[at, k] > 0 else np.float32(0)
            slope[3 * block + k] += back[k]
        for i in range(f):
            for k in range(units):
                slope[i * units + k] += z[at, i] * back[k]
        if cold[at]:
            for i in range(f):
                for k in range(units):
                    slope[2 * block + i * units + k] += z[at, i] * back[k]
    slope[block : 2 * block] = novice * slope[:block]
    return slope


@compiled("void(f4[::1], f4, i8, f4[::1], f4[::1], f4[::1])")
def _teach_network(  # noqa: PLR0917 - compiled functions take no keywords
    slope: Floats, importance: float, lessons: int, network: Floats, first: Floats, second: Floats
) -> None:
    """One Adam step."""
    fixed_first = 1 - _FIRST ** np.float32(lessons + 1)
    fixed_second = 1 - _SECOND ** np.float32(lessons + 1)
    for at in range(len(network)):
        first[at] = _FIRST * first[at] + (1 - _FIRST) * slope[at]
        second[at] = _SECOND * second[at] + (1 - _SECOND) * slope[at] * slope[at]
        move = ADAM_STEP * (first[at] / fixed_first) / (np.sqrt(second[at] / fixed_second) + _TINY)
        network[at] -= importance * max(-LARGEST_STEP, min(LARGEST_STEP, move))


@compiled(
    "void(f4[:, ::1], b1[::1], f4, i8, f4[::1], f4, i8, f4[:, ::1], f4[:, ::1], f4[::1], f4[::1], f4[::1], f8[::1])"
)
def learn(  # noqa: PLR0917 - compiled functions take no keywords
    z: Floats,
    cold: Mask,
    novice: float,
    target: int,
    odds: Floats,
    importance: float,
    lessons: int,
    linear: Floats,
    squares: Floats,
    network: Floats,
    first: Floats,
    second: Floats,
    losses: NDArray[np.float64],
) -> None:
    """Move everything from `linear` on a step towards the choice of `target` among the candidates, in place.

    `odds` float32[n]: log of how much each candidate counts as an alternative; `lessons` before this one; `importance`
    in [0, 1] scales the step.
    """
    scores, hidden = forward(z, cold, novice, linear, network)
    out = network[len(network) - hidden.shape[1] :]
    scores += odds
    full = scores.copy()
    for at in range(len(full)):
        for k in range(len(out)):
            full[at] += hidden[at, k] * out[k]
    wrong, wrong_full = _softmax(scores), _softmax(full)
    half = _softmax((scores + full) / np.float32(2))
    for at, share in enumerate((wrong[target], half[target])):
        losses[at] += (1 - LOSS_FADE) * (-np.log(max(share, np.float32(1e-12))) - losses[at])
    wrong[target] -= 1
    wrong_full[target] -= 1
    slope = _network_slope(z, cold, novice, wrong_full, hidden, network)
    _teach_linear(z, cold, novice, wrong, importance, linear, squares)
    _teach_network(slope, importance, lessons, network, first, second)
