"""One training step: a batch of rows to the loss, by whatever objectives the configuration weighs."""

from __future__ import annotations

from dataclasses import dataclass
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
from encoders.unit import unit

AGAIN = "text again"  # another text of the same item: its name in another language, its title, its passage
WHOLE = {"views", "classes", "graph"}  # objectives that look at the batch's whole items
FEWEST = 2  # rows that a pair of modalities needs in a batch


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What every step has: the training items, the processes that share the work, the pairs of items that users liked
    together, and LightGCN's vectors of the items float32[n, w].
    """

    bank: Bank
    world: World
    together: Together | None = None
    graph: Tensor | None = None


class Learner(nn.Module):
    """The model and its objectives as one module, so that their weights are trained and stored together."""

    def __init__(self, model: AlignmentModel, config: TrainConfig) -> None:
        super().__init__()
        self.model, self.config = model, config
        self.between = nn.ModuleDict({name: make_objective(name) for name in config.objectives})
        self.whole = nn.ModuleDict({name: make_objective(name) for name in config.item_objectives})

    def forward(self, given: Given, rows: Tensor, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        """The loss of a batch (rows int64[b], every process the same) and its terms by name.

        Everything random is drawn for the whole batch before it is shared out, so that every process agrees on it.
        """
        bank, world, graph = given.bank, given.world, given.graph
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
        same = self._same(bank, rows)
        terms = self._between(sides, bank, rows, same)
        if WHOLE & set(self.whole):
            quality = bank.quality[mine]
            first, _ = self.model.fuse(parts, world.shard(here[0]), quality)
            swapped = torch.cat([again.unsqueeze(1), parts[:, 1:]], dim=1)
            second, _ = self.model.fuse(swapped, world.shard(here[1]), quality)
            whole = world.gathered(first)
            terms |= self._views(whole, world.gathered(second), bank.label[rows], same)
            if "graph" in self.whole and graph is not None:
                terms["graph"] = self.whole["graph"](whole, graph[rows])
        if "behaviour" in self.whole and given.together is not None and len(given.together):
            terms["behaviour"] = self._behaviour(bank, given.together, generator, world)
        weights = self.config.objectives | self.config.item_objectives
        loss = sum((weights[name] * term for name, term in terms.items()), rows.new_zeros((), dtype=torch.float32))
        return loss, {name: float(term.detach()) for name, term in terms.items()}

    def temperatures(self) -> dict[str, float]:
        """Of every objective that has learned one."""
        named = [*self.between.items(), *self.whole.items()]
        return {f"temperature {name}": module.temperature for name, module in named if isinstance(module, InfoNce)}

    def _parts(
        self, bank: Bank, rows: Tensor, one: Tensor, other: Tensor, noise: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """(parts float32[m, 4, 256] as if everything were present, the other text's part float32[m, 256])."""
        picture, sound = bank.picture[rows], bank.sound[rows]
        if self.config.noise > 0:
            picture = picture + self.config.noise * self.model.picture_spread * _randn(picture, noise)
            sound = sound + self.config.noise * self.model.sound_spread * _randn(sound, noise)
        everything = torch.ones_like(bank.present[rows])
        _, parts = self.model(one, picture, bank.classes[rows], sound, bank.tags[rows], everything, everything)
        return parts * bank.present[rows].unsqueeze(2), self.model.text_part(other)

    def _same(self, bank: Bank, rows: Tensor) -> Tensor:
        """bool[b, b]: which items of the batch are one thing, by their names or by their passages."""
        name = bank.name[rows]
        same = name[:, None] == name[None, :]
        if self.config.alike < 1.0:
            passage = unit((bank.passage[rows] - self.model.centre) * (bank.present[rows, :1] > 0))
            same |= passage @ passage.T > self.config.alike
        return same

    def _between(self, sides: dict[str, Tensor], bank: Bank, rows: Tensor, same: Tensor) -> dict[str, Tensor]:
        there = {name: bank.present[rows, at] > 0 for at, name in enumerate(("text", "image", "audio"))}
        there[AGAIN] = there["text"] & (bank.count[rows] > 1)
        terms: dict[str, list[Tensor]] = {objective: [] for objective in self.between}
        for left, right in combinations(sides, 2):
            both = there[left] & there[right]
            if int(both.sum()) < FEWEST:
                continue
            pairs = same[both][:, both]
            for objective, module in self.between.items():
                terms[objective].append(module(sides[left][both], sides[right][both], pairs))
        return {objective: torch.stack(found).mean() for objective, found in terms.items() if found}

    def _views(self, first: Tensor, second: Tensor, label: Tensor, same: Tensor) -> dict[str, Tensor]:
        terms = {}
        if "views" in self.whole:
            terms["views"] = self.whole["views"](first, second, same)
        known = label >= 0
        if "classes" in self.whole and int(known.sum()) >= FEWEST:
            alike = label[known, None] == label[None, known]
            terms["classes"] = self.whole["classes"](first[known], second[known], alike)
        return terms

    def _behaviour(self, bank: Bank, together: Together, generator: torch.Generator, world: World) -> Tensor:
        pairs = together.draw(self.config.batch, generator)
        sides = []
        for rows in (together.left[pairs], together.right[pairs]):
            chosen = rows.to(bank.texts.device)
            mine = world.shard(chosen)
            text = world.shard(bank.draw_texts(chosen, generator))
            present = world.shard(drop_modalities(bank.present[chosen], self.config.modality_dropout, generator))
            looks, sounds = (bank.picture[mine], bank.classes[mine]), (bank.sound[mine], bank.tags[mine])
            vector, _ = self.model(text, *looks, *sounds, present, bank.quality[mine])
            sides.append(world.gathered(vector))
        device = sides[0].device
        right, user = together.right[pairs].to(device), together.user[pairs].to(device)
        same = (right[:, None] == right[None, :]) | (user[:, None] == user[None, :])
        share = together.log_share.to(device)[right]
        out: Tensor = self.whole["behaviour"](sides[0], sides[1], same, share)
        return out


def _randn(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=generator).to(like.device)
