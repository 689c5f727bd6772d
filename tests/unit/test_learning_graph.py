"""LightGCN and what the heads learn from it."""

import numpy as np
import pytest
import torch

from encoders.learning.graph import GraphConfig, NoPairs, light_gcn, relation_loss

QUICK = GraphConfig(width=16, epochs=40, batch=256, learning_rate=0.02)


def two_camps(users: int = 40, items: int = 30) -> np.ndarray:
    """Even users like even items, odd users odd ones; the last two items are liked by nobody."""
    rng = np.random.default_rng(0)
    return np.array([(u, i) for u in range(users) for i in range(u % 2, items - 2, 2) if rng.random() < 0.6])


def test_items_that_the_same_users_like_come_to_lie_together() -> None:
    items = light_gcn(two_camps(), 40, 30, QUICK).items[:28]
    unit = items / np.linalg.norm(items, axis=1, keepdims=True)
    cosines = unit @ unit.T
    same = (np.arange(28)[:, None] - np.arange(28)) % 2 == 0
    assert cosines[same].mean() > 0.8
    assert cosines[~same].mean() < 0.2


def test_an_item_that_nobody_liked_has_no_vector() -> None:
    found = light_gcn(two_camps(), 40, 30, QUICK)
    assert not found.items[28:].any()
    assert found.items[:28].any(axis=1).all()
    assert found.users.shape == (40, 16)


def test_equal_seeds_give_equal_vectors() -> None:
    quick = GraphConfig(width=8, epochs=2)
    np.testing.assert_array_equal(
        light_gcn(two_camps(), 40, 30, quick).items, light_gcn(two_camps(), 40, 30, quick).items
    )


def test_a_graph_without_an_edge_says_what_is_missing() -> None:
    with pytest.raises(NoPairs, match="behaviour"):
        light_gcn(np.zeros((0, 2), np.int64), 3, 3)


def test_the_relation_loss_is_zero_for_the_same_space_turned() -> None:
    torch.manual_seed(0)
    vectors = torch.nn.functional.normalize(torch.randn(20, 16), dim=1)
    turn, _ = torch.linalg.qr(torch.randn(16, 16))
    assert relation_loss(vectors, 3 * vectors @ turn).item() == pytest.approx(0.0, abs=1e-5)
    assert relation_loss(vectors, torch.randn(20, 8)).item() > 0.1


def test_minimising_the_relation_loss_brings_neighbours_together() -> None:
    torch.manual_seed(0)
    targets = torch.nn.functional.normalize(torch.randn(20, 8), dim=1)
    free = torch.nn.Parameter(torch.randn(20, 16))
    optimiser = torch.optim.Adam([free], 0.05)
    for _ in range(200):
        loss = relation_loss(torch.nn.functional.normalize(free, dim=1), targets)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch publishes no type for it
        optimiser.step()
    vectors = torch.nn.functional.normalize(free.detach(), dim=1)
    assert (nearest(vectors) == nearest(targets)).float().mean() > 0.9


def nearest(rows: torch.Tensor) -> torch.Tensor:
    """Of each row the nearest other one."""
    return (rows @ rows.T - 2 * torch.eye(len(rows))).argmax(dim=1)


def test_items_without_a_target_do_not_count() -> None:
    vectors = torch.nn.functional.normalize(torch.randn(6, 4), dim=1)
    targets = torch.randn(6, 3)
    targets[4:] = 0
    torch.testing.assert_close(relation_loss(vectors, targets), relation_loss(vectors[:4], targets[:4]))
    assert relation_loss(vectors, torch.zeros(6, 3)).item() == 0.0
