"""Fusions: one vector of what is there, whatever is missing."""

import pytest
import torch
from torch import Tensor

from encoders.learning.fusion import FUSIONS, make_fusion
from encoders.learning.fusion.attention import CrossAttention, Transformer
from encoders.learning.fusion.base import Fusion
from encoders.learning.fusion.gated import Gated
from encoders.learning.fusion.late import late_scores
from encoders.unit import unit

WIDTH = 16
QUALITY = torch.full((3, 4), 0.7)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def stirred(name: str) -> Fusion:
    """A fusion whose every weight does something: many start at zero."""
    fusion = make_fusion(name, WIDTH)
    with torch.no_grad():
        for parameter in fusion.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return fusion.eval()


def parts_of(present: Tensor) -> Tensor:
    return unit(torch.randn(len(present), 4, WIDTH)) * present.unsqueeze(2)


@pytest.mark.parametrize("name", FUSIONS)
def test_vectors_have_unit_length_and_an_item_with_nothing_has_none(name: str) -> None:
    present = torch.tensor([[1.0, 1, 1, 1], [0, 1, 0, 1], [0, 0, 0, 0]])
    lengths = stirred(name)(parts_of(present), present, QUALITY).norm(dim=1)
    torch.testing.assert_close(lengths, torch.tensor([1.0, 1.0, 0.0]), atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", FUSIONS)
def test_the_quality_of_what_is_missing_does_not_matter(name: str) -> None:
    present = torch.tensor([[1.0, 0, 1, 0]]).repeat(3, 1)
    parts, fusion = parts_of(present), stirred(name)
    better = QUALITY.clone()
    better[:, [1, 3]] = 0.1
    torch.testing.assert_close(fusion(parts, present, QUALITY), fusion(parts, present, better), atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", FUSIONS)
def test_an_item_does_not_depend_on_its_neighbours_in_the_batch(name: str) -> None:
    present = torch.tensor([[1.0, 1, 0, 0], [0, 1, 1, 0], [1, 0, 0, 1]])
    parts, fusion = parts_of(present), stirred(name)
    together = fusion(parts, present, QUALITY)
    for row in range(3):
        one = slice(row, row + 1)
        torch.testing.assert_close(fusion(parts[one], present[one], QUALITY[one]), together[one], atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", FUSIONS)
def test_every_modality_that_is_there_counts(name: str) -> None:
    present = torch.ones(1, 4)
    parts, fusion = parts_of(present), stirred(name)
    whole = fusion(parts, present, QUALITY[:1])
    for at in range(4):
        changed = parts.clone()
        changed[:, at] = unit(torch.randn(1, WIDTH))
        assert (fusion(changed, present, QUALITY[:1]) - whole).norm() > 1e-3


@pytest.mark.parametrize("name", [name for name in FUSIONS if name not in {"average", "words-first"}])
def test_untrained_it_gives_the_bridges_weighted_average(name: str) -> None:
    present = torch.tensor([[1.0, 1, 0, 0], [1, 0, 1, 0], [1, 1, 1, 1]])
    parts, best = parts_of(present), torch.ones(3, 4)
    expected = make_fusion("weighted", WIDTH)(parts, present, best)
    torch.testing.assert_close(make_fusion(name, WIDTH)(parts, present, best), expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", ["fixed", "words-first", "gated", "cross-attention", "transformer"])
def test_a_poor_medium_pulls_less(name: str) -> None:
    present = torch.tensor([[1.0, 1, 0, 0]])
    parts, fusion = parts_of(present), make_fusion(name, WIDTH)
    if isinstance(fusion, CrossAttention | Transformer):  # what they see is silent at first
        torch.nn.init.eye_(fusion.look.out.weight)
    good, poor = (fusion(parts, present, torch.tensor([[1.0, picture, 0, 0]])) @ parts[0, 1] for picture in (1.0, 0.05))
    assert poor < good


def test_gates_can_be_read_as_weights() -> None:
    present = torch.tensor([[1.0, 1, 0, 0]])
    weights = Gated(WIDTH).weights(parts_of(present), present, torch.ones(1, 4))
    torch.testing.assert_close(weights, torch.tensor([[1.0, 0.5, 0.0, 0.0]]))  # the bridge's, nothing for the missing


@pytest.mark.parametrize(("name", "picture"), [("fixed", 0.5), ("words-first", 0.25)])
def test_a_fixed_weight_is_that_of_the_modality_times_the_quality_of_the_medium(name: str, picture: float) -> None:
    fusion, parts = make_fusion(name, WIDTH), parts_of(torch.tensor([[1.0, 1, 0, 0]]))
    given = fusion(parts, torch.tensor([[1.0, 1, 0, 0]]), torch.tensor([[0.8, 0.5, 1, 1]]))
    torch.testing.assert_close(given, unit(0.8 * parts[:, 0] + 0.5 * picture * parts[:, 1]))
    assert not list(fusion.parameters())  # nothing that a training could move


def test_late_fusion_compares_what_both_have() -> None:
    queries, items = unit(torch.randn(1, 4, WIDTH)), unit(torch.randn(2, 4, WIDTH))
    items[0, 1] = queries[0, 1]  # the same picture
    pictures = torch.tensor([[0.0, 1, 0, 0]])
    scores = late_scores(queries, torch.ones(1, 4), items, pictures.repeat(2, 1))
    assert scores[0, 0].item() == pytest.approx(1.0, abs=1e-5)
    assert scores[0, 1] < 0.9


def test_late_fusion_of_items_that_share_no_modality_compares_across() -> None:
    words, pictures = torch.tensor([[1.0, 0, 0, 0]]), torch.tensor([[0.0, 1, 0, 0]])
    query = torch.zeros(1, 4, WIDTH)
    query[0, 0] = unit(torch.randn(WIDTH))
    item = torch.zeros(1, 4, WIDTH)
    item[0, 1] = query[0, 0]
    assert late_scores(query, words, item, pictures).item() == pytest.approx(1.0, abs=1e-5)


def test_a_name_that_is_not_registered_is_answered_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="gated"):
        make_fusion("mean", WIDTH)
