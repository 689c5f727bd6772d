"""One training step: a batch of rows to the loss, by whatever objectives the configuration weighs."""

from __future__ import annotations

from itertools import combinations

import torch
from torch import Tensor, nn

from encoders.learning.bank import Bank
from encoders.learning.config import TrainConfig
from encoders.learning.distributed import World
from encoders.learning.missing import drop_modalities
from encoders.learning.model import AlignmentModel
from encoders.learning.objectives import make_objective
from encoders.learning.objectives.info_nce import InfoNce
from encoders.learning.together import Together

AGAIN = "text again"  # another text of the same item: its name in another language, its title, its passage
FEWEST = 2  # rows that a pair of modalities needs in a batch


class Learner(nn.Module):
    """The model and its objectives as one module, so that their weights are trained and stored together."""

    def __init__(self, model: AlignmentModel, config: TrainConfig) -> None:
        super().__init__()
        self.model, self.config = model, config
        self.between = nn.ModuleDict({name: make_objective(name) for name in config.objectives})
        self.whole = nn.ModuleDict({name: make_objective(name) for name in config.item_objectives})

    def forward(
        self, bank: Bank, rows: Tensor, generator: torch.Generator, world: World, together: Together | None = None
    ) -> tuple[Tensor, dict[str, float]]:
        """The loss of a batch (rows int64[b], every process the same) and its terms by name.

        Everything random is drawn for the whole batch before it is shared out, so that every process agrees on it.
        """
        one, other = bank.draw_texts(rows, generator), bank.draw_texts(rows, generator)
        here = [drop_modalities(bank.present[rows], self.config.modality_dropout, generator) for _ in range(2)]
        noise = torch.Generator().manual_seed(int(torch.randint(2**31, (1,), generator=generator)) + world.rank)
        mine = world.shard(rows)
        parts, again = self._parts(bank, mine, world.shard(one), world.shard(other), noise)
        sides = {
            "text": world.gathered(parts[:, 0]),
            "image": world.gathered(parts[:, 1]),
            "audio": world.gathered(parts[:, 2]),
            AGAIN: world.gathered(again),
        }
        terms = self._between(sides, bank, rows)
        if "views" in self.whole or "classes" in self.whole:
            quality = bank.quality[mine]
            first, _ = self.model.fuse(parts, world.shard(here[0]), quality)
            swapped = torch.cat([again.unsqueeze(1), parts[:, 1:]], dim=1)
            second, _ = self.model.fuse(swapped, world.shard(here[1]), quality)
            terms |= self._views(world.gathered(first), world.gathered(second), bank, rows)
        if "behaviour" in self.whole and together is not None and len(together):
            terms["behaviour"] = self._behaviour(bank, together, generator, world)
        weights = self.config.objectives | self.config.item_objectives
        loss = sum((weights[name] * term for name, term in terms.items()), rows.new_zeros((), dtype=torch.float32))
        return loss, {name: float(term.detach()) for name, term in terms.items()}

    def temperatures(self) -> dict[str, float]:
        """Of every objective that has learned one."""
        named = [*self.between.items(), *self.whole.items()]
        return {f"temperature {name}": module.temperature for name, module in named if isinstance(module, InfoNce)}

    def _parts(self, bank: Bank, rows: Tensor, one: Tensor, other: Tensor, noise: torch.Generator) -> tuple[Tensor, Tensor]:
        """(parts float32[m, 4, 256] as if everything were present, the other text's part float32[m, 256])."""
        picture, sound = bank.picture[rows], bank.sound[rows]
        if self.config.noise > 0:
            picture = picture + self.config.noise * self.model.picture_spread * _randn(picture, noise)
            sound = sound + self.config.noise * self.model.sound_spread * _randn(sound, noise)
        everything = torch.ones_like(bank.present[rows])
        _, parts = self.model(one, picture, bank.classes[rows], sound, bank.tags[rows], everything, everything)
        return parts * bank.present[rows].unsqueeze(2), self.model.text_part(other)

    def _between(self, sides: dict[str, Tensor], bank: Bank, rows: Tensor) -> dict[str, Tensor]:
        there = {"text": bank.present[rows, 0] > 0, "image": bank.present[rows, 1] > 0, "audio": bank.present[rows, 2] > 0}
        there[AGAIN] = there["text"] & (bank.count[rows] > 1)
        name = bank.name[rows]
        terms: dict[str, list[Tensor]] = {objective: [] for objective in self.between}
        for left, right in combinations(sides, 2):
            both = there[left] & there[right]
            if int(both.sum()) < FEWEST:
                continue
            same = name[both, None] == name[None, both]
            for objective, module in self.between.items():
                terms[objective].append(module(sides[left][both], sides[right][both], same))
        return {objective: torch.stack(found).mean() for objective, found in terms.items() if found}

    def _views(self, first: Tensor, second: Tensor, bank: Bank, rows: Tensor) -> dict[str, Tensor]:
        terms = {}
        if "views" in self.whole:
            name = bank.name[rows]
            terms["views"] = self.whole["views"](first, second, name[:, None] == name[None, :])
        label = bank.label[rows]
        if "classes" in self.whole and int((label >= 0).sum()) >= FEWEST:
            known = label >= 0
            same = label[known, None] == label[None, known]
            terms["classes"] = self.whole["classes"](first[known], second[known], same)
        return terms

    def _behaviour(self, bank: Bank, together: Together, generator: torch.Generator, world: World) -> Tensor:
        pairs = together.draw(self.config.batch, generator)
        sides = []
        for rows in (together.left[pairs], together.right[pairs]):
            chosen = rows.to(bank.texts.device)
            mine = world.shard(chosen)
            text = world.shard(bank.draw_texts(chosen, generator))
            present = world.shard(drop_modalities(bank.present[chosen], self.config.modality_dropout, generator))
            vector, _ = self.model(
                text, bank.picture[mine], bank.classes[mine], bank.sound[mine], bank.tags[mine], present, bank.quality[mine]
            )
            sides.append(world.gathered(vector))
        device = sides[0].device
        right, user = together.right[pairs].to(device), together.user[pairs].to(device)
        same = (right[:, None] == right[None, :]) | (user[:, None] == user[None, :])
        share = together.log_share.to(device)[right]
        out: Tensor = self.whole["behaviour"](sides[0], sides[1], same, share)
        return out


def _randn(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=generator).to(like.device)
