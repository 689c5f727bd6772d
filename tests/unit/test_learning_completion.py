"""Guessing the vector of a modality that an item lacks."""

import pytest
import torch

from encoders.learning.completion import Average, Completer, Flow, Regression, fit
from encoders.spec import DIMENSION

TEXT, IMAGE = 0, 1


def related(count: int, seed: int) -> torch.Tensor:
    """Items whose picture is their text, turned: float32[n, 4, 256], no sound and no video."""
    turn, _ = torch.linalg.qr(torch.randn(DIMENSION, DIMENSION, generator=torch.Generator().manual_seed(9)))
    low = torch.randn(count, 6, generator=torch.Generator().manual_seed(seed))
    spread = torch.randn(6, DIMENSION, generator=torch.Generator().manual_seed(8))
    text = torch.nn.functional.normalize(low @ spread, dim=1)
    nothing = torch.zeros_like(text)
    return torch.stack([text, text @ turn, nothing, nothing], dim=1)


def cosine(completer: Completer, parts: torch.Tensor, wanted: int) -> float:
    with torch.inference_mode():
        guessed = completer(parts, torch.full((len(parts),), wanted))
    return float((guessed * parts[:, wanted]).sum(dim=1).mean())


@pytest.mark.parametrize("kind", [Regression, Flow])
def test_a_trained_completer_guesses_the_picture_from_the_text(kind: type[Completer]) -> None:
    torch.manual_seed(0)
    completer = fit(kind(), related(400, 1), steps=60, batch=64)
    held = related(50, 2)
    assert cosine(completer, held, IMAGE) > 0.8
    assert cosine(Average(), held, IMAGE) < 0.3


@pytest.mark.parametrize("completer", [Average(), Regression(), Flow()])
def test_what_is_wanted_is_not_looked_at(completer: Completer) -> None:
    completer.eval()
    parts = related(5, 3)
    hidden = parts.clone()
    hidden[:, IMAGE] = 0
    wanted = torch.full((5,), IMAGE)
    with torch.inference_mode():
        guessed = completer(parts, wanted)
        torch.testing.assert_close(guessed, completer(hidden, wanted))
    torch.testing.assert_close(guessed.norm(dim=1), torch.ones(5))


def test_untrained_regression_is_the_average() -> None:
    parts, wanted = related(5, 4), torch.full((5,), TEXT)
    with torch.inference_mode():
        torch.testing.assert_close(Regression().eval()(parts, wanted), Average()(parts, wanted))


def test_items_with_one_part_teach_nothing_and_break_nothing() -> None:
    parts = related(6, 5)
    parts[:, IMAGE] = 0
    completer = fit(Regression(), parts, steps=3)
    assert cosine(completer, related(2, 6), IMAGE) < 1.0
