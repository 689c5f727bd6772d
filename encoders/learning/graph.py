"""LightGCN: what users have in common, as vectors of users and items, with nothing known of the content.

He et al., "LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation" (2020): vectors are
averaged over the user-item graph a few times, and the mean of all rounds must rank what a user took up above what they
did not (BPR, Rendle et al. 2009). Items nobody has touched get no vector: that is what content is for. The heads can
learn from these vectors (`relation_loss`), so that a new item lands near those it will be liked with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from encoders.learning.dataset import Engagement

Floats = NDArray[np.float32]
Progress = Callable[[int, float], None]  # epoch, loss


@dataclass(frozen=True, slots=True)
class GraphConfig:
    """`layers`: rounds of averaging. `decay`: the weight of the squared length of the vectors in use."""

    width: int = 64
    layers: int = 2
    epochs: int = 60
    batch: int = 4096
    learning_rate: float = 5e-3
    decay: float = 1e-4
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class GraphVectors:
    """users float32[u, w]; items float32[i, w], rows of zeros where nobody touched an item."""

    users: Floats
    items: Floats


class NoPairs(ValueError):
    """A graph without an edge."""


def light_gcn(
    pairs: NDArray[np.int64],
    users: int,
    items: int,
    config: GraphConfig | None = None,
    progress: Progress | None = None,
) -> GraphVectors:
    """From pairs int64[m, 2] of (user row, item row), each meaning that the user liked the item. Raises NoPairs."""
    if not len(pairs):
        raise NoPairs("there is no like to learn from: give a data set with behaviour.jsonl")
    config = config or GraphConfig()
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    edges = np.unique(pairs, axis=0)
    graph = _normalised(edges, users, items)
    vectors = nn.Parameter(torch.randn(users + items, config.width) * 0.1)
    optimiser = torch.optim.Adam([vectors], config.learning_rate)
    liked = set((edges[:, 0] * items + edges[:, 1]).tolist())
    touched = np.unique(edges[:, 1])
    for epoch in range(config.epochs):
        losses = []
        order = rng.permutation(len(edges))
        for at in range(0, len(edges), config.batch):
            batch = edges[order[at : at + config.batch]]
            others = _not_liked(batch[:, 0], touched, liked, items, rng)
            loss = _bpr(
                _spread(graph, vectors, config.layers),
                vectors,
                batch=batch,
                others=others,
                users=users,
                decay=config.decay,
            )
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch publishes no type for it
            optimiser.step()
            losses.append(float(loss.detach()))
        if progress:
            progress(epoch, float(np.mean(losses)))
    with torch.inference_mode():
        out = _spread(graph, vectors, config.layers).numpy().astype(np.float32)
    out[users:][~np.isin(np.arange(items), touched)] = 0.0
    return GraphVectors(out[:users], out[users:])


def graph_targets(acts: Sequence[Engagement], row_of: Mapping[str, int], seed: int) -> Tensor:
    """What heads may learn from: LightGCN's vectors of the items of `row_of` alone, float32[n, w]. Raises NoPairs."""
    users: dict[str, int] = {}
    liked = [
        (users.setdefault(act.user_id, len(users)), row_of[act.item_id])
        for act in acts
        if act.strength > 0 and act.item_id in row_of
    ]
    pairs = np.array(liked, np.int64).reshape(-1, 2)
    return torch.from_numpy(light_gcn(pairs, len(users), len(row_of), GraphConfig(seed=seed)).items)


def relation_loss(
    vectors: Tensor, targets: Tensor, temperature: float = 0.1, target_temperature: float = 0.1
) -> Tensor:
    """How differently two spaces see who is near whom: a scalar, 0 when alike.

    For n items, `vectors` float32[n, d] of unit length and `targets` float32[n, w]: the mean divergence between each
    item's softmax over its cosines to the others, in either space (Tung and Mori, "Similarity-preserving knowledge
    distillation", 2019; Fang et al., "SEED", 2021). The widths need not agree. Rows of zero targets are left out.
    """
    known = targets.abs().sum(dim=1) > 0
    vectors, targets = vectors[known], nn.functional.normalize(targets[known], dim=1)
    if len(vectors) < 3:  # one other item is always "the nearest": nothing to learn
        return vectors.sum() * 0.0
    itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    ours = (vectors @ vectors.T / temperature).masked_fill(itself, -1e4).log_softmax(dim=1)
    theirs = (targets @ targets.T / target_temperature).masked_fill(itself, -1e4).log_softmax(dim=1)
    return nn.functional.kl_div(ours, theirs, log_target=True, reduction="batchmean")


def _normalised(edges: NDArray[np.int64], users: int, items: int) -> Tensor:
    """The symmetric adjacency of users and items, each edge divided by the root of both ends' degrees; sparse."""
    size = users + items
    ends = np.stack([edges[:, 0], edges[:, 1] + users])
    both = np.concatenate([ends, ends[::-1]], axis=1)
    degree = np.bincount(both[0], minlength=size).astype(np.float32)
    weights = 1.0 / np.sqrt(degree[both[0]] * degree[both[1]])
    # torch's invariant check costs a sort; the indices are made two lines above
    return torch.sparse_coo_tensor(
        torch.from_numpy(both), torch.from_numpy(weights), (size, size), check_invariants=False
    ).coalesce()


def _spread(graph: Tensor, vectors: Tensor, layers: int) -> Tensor:
    rounds = [vectors]
    for _ in range(layers):
        rounds.append(torch.sparse.mm(graph, rounds[-1]))
    return torch.stack(rounds).mean(dim=0)


def _not_liked(
    who: NDArray[np.int64], touched: NDArray[np.int64], liked: set[int], items: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """One item for each user that they did not like; drawn again twice, then taken as it is (BPR stands the noise)."""
    drawn = rng.choice(touched, len(who))
    for _ in range(2):
        wrong = np.fromiter(((pair in liked) for pair in (who * items + drawn).tolist()), bool, len(who))
        drawn[wrong] = rng.choice(touched, int(wrong.sum()))
    return drawn


def _bpr(
    spread: Tensor, vectors: Tensor, *, batch: NDArray[np.int64], others: NDArray[np.int64], users: int, decay: float
) -> Tensor:
    who, liked, other = (torch.from_numpy(rows) for rows in (batch[:, 0], batch[:, 1] + users, others + users))
    margin = (spread[who] * (spread[liked] - spread[other])).sum(dim=1)
    lengths = sum(vectors[rows].square().sum() for rows in (who, liked, other)) / len(who)
    return -nn.functional.logsigmoid(margin).mean() + decay * lengths
