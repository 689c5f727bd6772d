"""Completing what an item lacks: the vector that a missing modality would have, guessed from those that are there.

Two ways, one interface. `Regression` says the one likeliest vector. `Flow` is a conditional generator: it carries noise
to a vector along a learned velocity (Lipman et al., "Flow Matching for Generative Modeling", 2023) and so can say
several. Which one the measurement prefers stands in docs/encoders.md.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from encoders.spec import DIMENSION, Modality
from encoders.unit import unit

MODALITIES = len(Modality)
CONDITION = MODALITIES * DIMENSION + 2 * MODALITIES  # the parts, which of them are there, which one is wanted
NOISE_LENGTH = DIMENSION**-0.5  # noise as long as the unit vectors it becomes


class Completer(nn.Module):
    """parts float32[n, 4, 256] (unit or zeros) and wanted int64[n] (0..3 in the order of `Modality`) to float32[n, 256]
    of unit length. A part that is wanted is not looked at, even when it is there.
    """

    def loss(self, parts: Tensor, wanted: Tensor) -> Tensor:
        """A scalar, for items that have the wanted part."""
        raise NotImplementedError

    def forward(self, parts: Tensor, wanted: Tensor) -> Tensor:
        raise NotImplementedError


class Average(Completer):
    """No learning: the mean of the parts that are there, which is as good as the space is aligned."""

    def loss(self, parts: Tensor, wanted: Tensor) -> Tensor:
        return (parts.sum() + wanted.sum()) * 0.0

    def forward(self, parts: Tensor, wanted: Tensor) -> Tensor:
        return unit(_without(parts, wanted).sum(dim=1))


class Regression(Completer):
    """A two-layer correction to the average, trained on the cosine."""

    def __init__(self, hidden: int = 512, dropout: float = 0.2) -> None:
        super().__init__()
        self.network = nn.Sequential(
            nn.Linear(CONDITION, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, DIMENSION)
        )
        last = self.network[-1]
        nn.init.zeros_(last.weight)  # type: ignore[arg-type]  # nn.Sequential forgets what it holds
        nn.init.zeros_(last.bias)  # type: ignore[arg-type]  # likewise

    def loss(self, parts: Tensor, wanted: Tensor) -> Tensor:
        guessed: Tensor = self(parts, wanted)
        return 1.0 - (guessed * _wanted(parts, wanted)).sum(dim=1).mean()

    def forward(self, parts: Tensor, wanted: Tensor) -> Tensor:
        rest = _without(parts, wanted)
        return unit(unit(rest.sum(dim=1)) + self.network(_condition(rest, wanted)))


class Flow(Completer):
    """A straight path from noise to the vector, given the rest. `steps` of Euler; the mean of `samples` draws."""

    def __init__(self, hidden: int = 512, dropout: float = 0.1, steps: int = 8, samples: int = 8) -> None:
        super().__init__()
        self.steps, self.samples = steps, samples
        self.network = nn.Sequential(
            nn.Linear(CONDITION + 2 * DIMENSION + 1, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, hidden),
            nn.GELU(), nn.Linear(hidden, DIMENSION),
        )  # fmt: skip

    def loss(self, parts: Tensor, wanted: Tensor) -> Tensor:
        target, rest = _wanted(parts, wanted), _without(parts, wanted)
        noise = torch.randn_like(target) * NOISE_LENGTH
        time = torch.rand(len(target), 1)
        velocity = self._velocity((1 - time) * noise + time * target, time, rest, wanted)
        wrong: Tensor = (velocity - (target - noise)).square()
        return wrong.sum(dim=1).mean()

    def forward(self, parts: Tensor, wanted: Tensor) -> Tensor:
        rest = _without(parts, wanted).repeat(self.samples, 1, 1)
        asked = wanted.repeat(self.samples)
        seeded = torch.Generator().manual_seed(0)  # the same question gets the same answer
        x = torch.randn(len(rest), DIMENSION, generator=seeded) * NOISE_LENGTH
        for step in range(self.steps):
            time = torch.full((len(rest), 1), step / self.steps)
            x = x + self._velocity(x, time, rest, asked) / self.steps
        return unit(x.reshape(self.samples, len(parts), DIMENSION).mean(dim=0))

    def _velocity(self, x: Tensor, time: Tensor, rest: Tensor, wanted: Tensor) -> Tensor:
        # Given the average as well: the network then only has to learn how the wanted part differs.
        given = torch.cat([_condition(rest, wanted), unit(rest.sum(dim=1)), x, time], dim=1)
        velocity: Tensor = self.network(given)
        return velocity


def fit(completer: Completer, parts: Tensor, *, steps: int = 600, batch: int = 256, rate: float = 1e-3) -> Completer:
    """Train on items float32[n, 4, 256] that have at least two parts; which one is hidden is drawn at each step.

    The seed is torch's: call torch.manual_seed before.
    """
    usable = parts[(parts.abs().sum(dim=2) > 0).sum(dim=1) >= 2]
    if not len(usable) or not list(completer.parameters()):
        return completer.eval()
    optimiser = torch.optim.AdamW(completer.parameters(), rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    completer.train()
    for _ in range(steps):
        drawn = usable[torch.randint(len(usable), (min(batch, 4 * len(usable)),))]
        wanted = torch.multinomial((drawn.abs().sum(dim=2) > 0).float(), 1)[:, 0]
        loss = completer.loss(_thinned(drawn, wanted), wanted)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch publishes no type for it
        optimiser.step()
        schedule.step()
    return completer.eval()


def _thinned(parts: Tensor, wanted: Tensor) -> Tensor:
    """Of the parts that stay, one in three is dropped too, but never the last: any subset may be what is there."""
    there = parts.abs().sum(dim=2) > 0
    there[torch.arange(len(parts)), wanted] = False
    sure = torch.multinomial(there.float(), 1)[:, 0]
    kept = torch.rand(parts.shape[:2]) > 1 / 3
    kept[torch.arange(len(parts)), sure] = True
    kept[torch.arange(len(parts)), wanted] = True
    return parts * kept.unsqueeze(2)


def _condition(rest: Tensor, wanted: Tensor) -> Tensor:
    there = (rest.abs().sum(dim=2) > 0).to(rest.dtype)
    return torch.cat([rest.flatten(1), there, nn.functional.one_hot(wanted, MODALITIES).to(rest.dtype)], dim=1)


def _wanted(parts: Tensor, wanted: Tensor) -> Tensor:
    return parts[torch.arange(len(parts)), wanted]


def _without(parts: Tensor, wanted: Tensor) -> Tensor:
    return parts * (1 - nn.functional.one_hot(wanted, MODALITIES).to(parts.dtype)).unsqueeze(2)
