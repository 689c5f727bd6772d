"""One step of learning from one list: AdaGrad for the linear part (Duchi, Hazan, Singer, JMLR 2011), Adam for the
network (Kingma and Ba, ICLR 2015).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.core.candidates.base import Floats
from streams.core.compiled import compiled
from streams.core.learning.forward import add_network, forward
from streams.core.learning.products import row_products

ADAGRAD_STEP = np.float32(0.3)
L2 = np.float32(1e-5)
ADAM_STEP = np.float32(0.001)
_FIRST, _SECOND, _TINY = np.float32(0.9), np.float32(0.999), np.float32(1e-8)
LARGEST_STEP = np.float32(0.02)
"""No weight moves further in one lesson, whatever the list was."""
LOSS_FADE = 0.998  # per lesson
LARGEST_LOSS = -np.log(1e-12)  # that one lesson counts as


@compiled("Tuple((f4[::1], f8))(f4[::1], i8)")
def _softmax(scores: Floats, target: int) -> tuple[Floats, float]:
    """Shares of candidates, and the log loss (nats) of what was wanted."""
    most = scores.max()
    shares = np.exp(scores - most)
    total = shares.sum()
    shares /= total
    return shares, np.log(np.float64(total)) + np.float64(most - scores[target])


@compiled("f8(f4[:, ::1], i8, f4, i8, f4[::1], f4, f4[:, ::1], f4[::1])")
def loss(  # noqa: PLR0917 - compiled functions take no keywords
    z: Floats, warm: int, novice: float, target: int, odds: Floats, share: float, linear: Floats, network: Floats
) -> float:
    """Log loss (nats) of what was wanted; arguments as of `learn`, the network counting `share`."""
    scores, hidden = forward(z, warm, novice, linear, network)
    add_network(network[len(network) - len(hidden) :], hidden, share, scores)
    lost: float = _softmax(scores + odds, target)[1]
    return lost


@compiled("void(f4[:, ::1], i8, f4, f4[::1], f4, f4[:, ::1], f4[:, ::1])")
def _teach_linear(  # noqa: PLR0917 - compiled functions take no keywords
    z: Floats, warm: int, novice: float, wrong: Floats, importance: float, linear: Floats, squares: Floats
) -> None:
    """One AdaGrad step; `wrong` float32[n]: by how much each candidate's share is too large."""
    slope = np.zeros(linear.shape, np.float32)
    for i in range(len(z)):
        both = np.zeros(2, np.float32)
        for kind, (start, stop) in enumerate(((0, warm), (warm, len(wrong)))):
            off, row = wrong[start:stop], z[i, start:stop]
            for at in range(len(row)):
                both[kind] += off[at] * row[at]
        if_warm, if_cold = both
        slope[0, i], slope[1, i], slope[2, i] = if_warm + if_cold, novice * (if_warm + if_cold), if_cold
    for block in range(len(linear)):
        for i in range(linear.shape[1]):
            pull = slope[block, i]
            squares[block, i] += importance * pull * pull
            move = ADAGRAD_STEP * pull / np.sqrt(squares[block, i])
            move = max(-LARGEST_STEP, min(LARGEST_STEP, move))
            linear[block, i] -= importance * (move + L2 * linear[block, i])


@compiled("f4[::1](f4[:, ::1], i8, f4, f4[::1], f4[:, ::1], f4[::1])")
def _network_slope(  # noqa: PLR0917 - compiled functions take no keywords
    z: Floats, warm: int, novice: float, wrong: Floats, hidden: Floats, network: Floats
) -> Floats:
    """The gradient of all the network's weights, laid out as they are."""
    f, n = z.shape
    units = len(hidden)
    block = f * units
    slope = np.empty(len(network), np.float32)
    out = network[3 * block + units :]
    back = np.empty((units, n), np.float32)
    for k in range(units):
        of_bias, of_out = np.float32(0), np.float32(0)
        for at in range(n):
            back[k, at] = wrong[at] * out[k] if hidden[k, at] > 0 else np.float32(0)
            of_bias += back[k, at]
            of_out += wrong[at] * hidden[k, at]
        slope[3 * block + k], slope[3 * block + units + k] = of_bias, of_out
    if_cold = row_products(z, back, warm, n).reshape(block)
    always = row_products(z, back, 0, warm).reshape(block) + if_cold
    slope[:block], slope[block : 2 * block], slope[2 * block : 3 * block] = always, novice * always, if_cold
    return slope


@compiled("void(f4[::1], f4, i8, f4[::1], f4[::1], f4[::1])")
def _teach_network(  # noqa: PLR0917 - compiled functions take no keywords
    slope: Floats, importance: float, lessons: int, network: Floats, first: Floats, second: Floats
) -> None:
    """One Adam step."""
    one = np.float32(1)  # a plain 1 would make it all float64
    step = ADAM_STEP / (one - _FIRST ** np.float32(lessons + 1))
    unfaded = one / (one - _SECOND ** np.float32(lessons + 1))
    for at in range(len(network)):
        first[at] = _FIRST * first[at] + (one - _FIRST) * slope[at]
        second[at] = _SECOND * second[at] + (one - _SECOND) * slope[at] * slope[at]
        move = step * first[at] / (np.sqrt(second[at] * unfaded) + _TINY)
        network[at] -= importance * max(-LARGEST_STEP, min(LARGEST_STEP, move))


@compiled(
    "Tuple((f8, f8))"
    "(f4[:, ::1], i8, f4, i8, f4[::1], f4, i8, f4[:, ::1], f4[:, ::1], f4[::1], f4[::1], f4[::1], f8[::1])"
)
def learn(  # noqa: PLR0917 - compiled functions take no keywords
    z: Floats,
    warm: int,
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
) -> tuple[float, float]:
    """Move everything from `linear` on a step towards the choice of `target` among the candidates, in place.

    `odds` float32[n]: log of how much each candidate counts as an alternative; `lessons` before this one; `importance`
    in [0, 1] scales the step. The log losses (nats) before it, of the linear part alone and of the two averaged.
    """
    scores, hidden = forward(z, warm, novice, linear, network)
    scores += odds
    full = scores.copy()
    add_network(network[len(network) - len(hidden) :], hidden, 1.0, full)
    wrong, lost = _softmax(scores, target)
    wrong_full, _ = _softmax(full, target)
    _, lost_half = _softmax((scores + full) / np.float32(2), target)
    losses[0] += (1 - LOSS_FADE) * (min(lost, LARGEST_LOSS) - losses[0])
    losses[1] += (1 - LOSS_FADE) * (min(lost_half, LARGEST_LOSS) - losses[1])
    wrong[target] -= 1
    wrong_full[target] -= 1
    slope = _network_slope(z, warm, novice, wrong_full, hidden, network)
    _teach_linear(z, warm, novice, wrong, importance, linear, squares)
    _teach_network(slope, importance, lessons, network, first, second)
    return lost, lost_half
