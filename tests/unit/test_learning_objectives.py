"""Objectives: small when both sides of each pair lie together, and moved there by their gradients."""

import math

import pytest
import torch
from torch import Tensor

from encoders.learning.objectives import ITEM_OBJECTIVES, OBJECTIVES, make_objective
from encoders.learning.objectives.base import identity
from encoders.learning.objectives.behaviour import Behaviour
from encoders.learning.objectives.info_nce import InfoNce
from encoders.unit import unit

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def drawn(count: int = 12, width: int = 16) -> Tensor:
    return unit(torch.randn(count, width))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_pairs_that_lie_together_cost_less_than_pairs_that_do_not(name: str) -> None:
    left = drawn()
    same = identity(len(left), CPU)
    objective = make_objective(name)
    together, apart = objective(left, left, same), objective(left, unit(left.roll(1, 0) + torch.ones(16)), same)
    assert together.ndim == 0
    assert together < apart


@pytest.mark.parametrize("name", OBJECTIVES)
def test_its_gradient_brings_pairs_together(name: str) -> None:
    left, free = drawn(), torch.nn.Parameter(torch.randn(12, 16))
    objective, same = make_objective(name), identity(12, CPU)
    optimiser = torch.optim.Adam([free], 0.05)

    def losses() -> float:
        loss = objective(left, unit(free), same)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return float(loss.detach())

    costs = [losses() for _ in range(60)]
    assert costs[-1] < 0.8 * costs[0]


@pytest.mark.parametrize("name", ["info-nce", "info-nce-hard", "sigmoid", "triplet"])
def test_what_is_the_same_thing_is_pushed_away_less(name: str) -> None:
    left = drawn(6)
    left[1] = unit(left[0] + 0.2 * left[1])  # nearly the same: for every objective a hard negative of it
    twins = identity(6, CPU)
    twins[0, 1] = twins[1, 0] = True
    objective = make_objective(name)

    def push(same: Tensor) -> float:
        right = left.clone().requires_grad_()
        objective(left, right, same).backward()
        assert right.grad is not None
        return float(right.grad[1] @ left[0])  # above 0: descending moves it away from the other's vector

    assert push(twins) < push(identity(6, CPU))


def test_info_nce_of_vectors_that_say_nothing_is_the_logarithm_of_the_batch() -> None:
    alike = unit(torch.ones(8, 16))
    assert InfoNce()(alike, alike, identity(8, CPU)).item() == pytest.approx(math.log(8), abs=1e-5)


def test_info_nce_is_the_same_both_ways() -> None:
    left, right = drawn(), drawn()
    same = identity(12, CPU)
    torch.testing.assert_close(InfoNce()(left, right, same), InfoNce()(right, left, same))


def test_hard_negatives_weigh_more() -> None:
    left = drawn()
    right = unit(left + 0.3 * left.roll(1, 0))  # each one's neighbour is a hard negative
    same = identity(12, CPU)
    assert InfoNce(hardness=4.0)(left, right, same) > InfoNce()(left, right, same)


def test_behaviour_lowers_the_logit_of_what_is_drawn_often() -> None:
    left, right, same = drawn(4), drawn(4), identity(4, CPU)
    even = Behaviour()(left, right, same, torch.zeros(4))
    torch.testing.assert_close(even, Behaviour()(left, right, same))
    often = torch.tensor([0.0, -5.0, -5.0, -5.0])  # the first right side is in most pairs
    own = Behaviour()(left[:1], right[:1], same[:1, :1], often[:1])  # alone in its batch it competes with nothing
    assert own.item() == pytest.approx(0.0)
    assert Behaviour()(left, right, same, often) != even


def test_behaviour_takes_what_fits_as_well_for_no_negative() -> None:
    left = right = drawn(4)
    every = torch.ones(4, 4, dtype=torch.bool)
    assert Behaviour()(left, right, every).item() == pytest.approx(0.0, abs=1e-6)


def test_a_name_that_is_not_registered_is_answered_with_those_that_are() -> None:
    with pytest.raises(ValueError, match=r"info-nce.*behaviour"):
        make_objective("hinge")
    assert not set(OBJECTIVES) & set(ITEM_OBJECTIVES)
