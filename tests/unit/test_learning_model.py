"""Heads, the model around them, its file, and what happens to modalities on the way."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from learning_builders import made_features, random_bridge
from torch import Tensor, nn

from encoders.learning.balance import balance_gradients, contributions
from encoders.learning.config import ModelConfig
from encoders.learning.fusion import make_fusion
from encoders.learning.heads import HEADS, make_head
from encoders.learning.missing import drop_modalities
from encoders.learning.model import AlignmentModel
from encoders.learning.saved import NotAModel, load, save
from encoders.learning.validate import apply
from encoders.spec import DIMENSION
from encoders.unit import unit

TINY = ModelConfig(hidden=8)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def stirred(config: ModelConfig = TINY) -> AlignmentModel:
    """A model whose every weight does something: heads start silent."""
    model = AlignmentModel(config, random_bridge())
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return model.eval()


@pytest.mark.parametrize("name", HEADS)
def test_a_head_that_has_learned_nothing_is_silent(name: str) -> None:
    out = make_head(name, 7, 5, hidden=4, dropout=0.0)(torch.randn(3, 7))
    torch.testing.assert_close(out, torch.zeros(3, 5))


def test_a_two_layer_head_bends_and_a_linear_one_does_not() -> None:
    @torch.no_grad()
    def bend(name: str) -> float:
        head = make_head(name, 7, 5, hidden=4, dropout=0.0)
        for parameter in head.parameters():
            nn.init.normal_(parameter)
        a, b = torch.randn(3, 7), torch.randn(3, 7)
        return float((head(a) + head(b) - head(a + b) - head(torch.zeros(3, 7))).abs().max())

    assert bend("linear") < 1e-4
    assert bend("mlp") > 1e-2


def test_an_unknown_head_is_answered_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="linear, mlp, none"):
        make_head("deep", 1, 1, 1, 0.0)


def test_parts_are_unit_vectors_where_a_modality_is_and_zeros_where_not() -> None:
    made = made_features(12)
    vectors, parts = apply(stirred(), made)
    lengths = torch.from_numpy(parts).norm(dim=2)
    torch.testing.assert_close(lengths, torch.from_numpy(made.present).to(torch.float32), atol=1e-5, rtol=0)
    torch.testing.assert_close(torch.from_numpy(vectors).norm(dim=1), torch.ones(12), atol=1e-5, rtol=0)


def test_what_is_not_present_may_hold_anything() -> None:
    made, model = made_features(12), stirred()
    given = [
        torch.from_numpy(values) for values in (made.texts["text"], made.picture, made.classes, made.sound, made.tags)
    ]
    present, quality = torch.tensor([[1.0, 0, 0, 0]]).repeat(12, 1), torch.ones(12, 4)
    alone, _ = model(*given, present, quality)
    noisy, _ = model(given[0], *(torch.rand_like(values) for values in given[1:]), present, quality)
    torch.testing.assert_close(alone, noisy)


def test_a_saved_model_is_the_same_within_half_precision(tmp_path: Path) -> None:
    made = made_features(12)
    model = stirred(ModelConfig(hidden=8, fusion="concat", text="mlp"))
    save(model, tmp_path / "model.safetensors")
    back = load(tmp_path / "model.safetensors")
    assert back.config == model.config
    for mine, theirs in zip(apply(model, made), apply(back, made), strict=True):
        torch.testing.assert_close(torch.from_numpy(mine), torch.from_numpy(theirs), atol=4e-3, rtol=0)


def test_equal_weights_give_equal_bytes(tmp_path: Path) -> None:
    model = AlignmentModel(ModelConfig())
    written = set()
    for turn in range(6):  # an order left to chance would show in one of these
        save(model, tmp_path / f"{turn}.safetensors")
        written.add((tmp_path / f"{turn}.safetensors").read_bytes())
    assert len(written) == 1


def test_a_file_that_is_no_model_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "torn").write_bytes(b"\x10\0\0\0\0\0\0\0{}")
    for path in (tmp_path / "none", tmp_path / "torn"):
        with pytest.raises(NotAModel, match="train"):
            load(path)


def test_dropping_takes_the_share_asked_for_and_never_an_items_last_modality() -> None:
    generator = torch.Generator().manual_seed(0)
    present = torch.tensor([[1.0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]).repeat_interleave(2000, 0)
    kept = drop_modalities(present, 0.3, generator)
    assert ((kept == 0) | (kept == 1)).all()
    assert not (kept * (1 - present)).any()  # nothing comes into being
    two, one, none = kept.chunk(3)
    assert (two.sum(1) >= 1).all()
    assert (one[:, 2] == 1).all()
    assert not none.any()
    # Of two, each stays with .7, or is the one that comes back when both are gone.
    assert two[:, :2].mean().item() == pytest.approx(0.7 + 0.3 * 0.3 / 2, abs=0.02)
    assert torch.equal(drop_modalities(present, 0.0, generator), present)


def gradients(*sizes: float) -> dict[str, nn.Module]:
    heads: dict[str, nn.Module] = {}
    for number, size in enumerate(sizes):
        head = nn.Linear(2, 1, bias=False)
        head.weight.grad = torch.full((1, 2), size)
        heads[str(number)] = head
    return heads


def norms(heads: dict[str, nn.Module]) -> list[float]:
    return [sum(float(p.grad.norm()) for p in head.parameters() if p.grad is not None) for head in heads.values()]


def test_balanced_gradients_are_of_one_size_and_the_shares_before_are_told() -> None:
    heads = gradients(3.0, 1.0)
    shares = balance_gradients(heads, 1.0)
    assert shares == pytest.approx({"0": 0.75, "1": 0.25})
    first, second = norms(heads)
    assert first == pytest.approx(second)


def test_balance_can_be_partial_or_off_and_does_not_blow_up_nothing() -> None:
    off, half, faint = gradients(4.0, 1.0), gradients(4.0, 1.0), gradients(1.0, 1e-9)
    before = norms(off)
    balance_gradients(off, 0.0)
    assert norms(off) == pytest.approx(before)
    balance_gradients(half, 0.5)
    assert norms(half)[0] / norms(half)[1] == pytest.approx(2.0)
    balance_gradients(faint, 1.0)
    assert norms(faint)[1] < 1e-7


def test_the_contribution_of_a_modality_is_what_is_lost_without_it() -> None:
    parts = unit(torch.randn(20, 4, DIMENSION))
    present = torch.tensor([[1.0, 1, 0, 0]]).repeat(20, 1)
    told = contributions(make_fusion("weighted", DIMENSION), parts * present.unsqueeze(2), present, torch.ones(20, 4))
    assert set(told) == {"text", "image"}  # nobody has a sound
    assert told["text"] > told["image"] > 0  # the bridge weighs texts twice as much
    alone = torch.tensor([[1.0, 0, 0, 0]]).repeat(20, 1)
    only: Tensor = parts * alone.unsqueeze(2)
    assert contributions(make_fusion("weighted", DIMENSION), only, alone, torch.ones(20, 4)) == {}
