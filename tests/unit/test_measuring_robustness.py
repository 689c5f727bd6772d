"""Spoilt media: what is done to them, and how far a score falls."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from learning_builders import made_features

from encoders.learning.dataset import Content
from encoders.learning.splits import rows_of
from encoders.measuring.disturbances import (
    DISTURBANCES,
    blurred,
    cropped,
    grainy,
    half_silent,
    noisy,
    silenced,
    translated,
)
from encoders.measuring.disturbed import spoil
from encoders.measuring.measure import Bench
from encoders.measuring.robustness import fallen, robustness
from encoders.measuring.rows import Setting, tower_row
from encoders.measuring.subsets import without
from encoders.samples import drawing, picture, tone, wav
from encoders.spec import Modality

RNG = np.random.default_rng(0)


def test_a_blur_takes_detail_and_a_grain_adds_it() -> None:
    pixels = np.asarray(drawing(224, 224))
    detail = [
        float(np.abs(np.diff(one.astype(float), axis=0)).mean())
        for one in (blurred(pixels, RNG), pixels, grainy(pixels, RNG))
    ]
    assert detail == sorted(detail)
    assert all(
        one.shape == pixels.shape and one.dtype == np.uint8 for one in (blurred(pixels, RNG), grainy(pixels, RNG))
    )


def test_noise_is_as_strong_as_the_sound() -> None:
    samples = tone(1.0)
    noise = noisy(samples, np.random.default_rng(0)) - samples
    assert np.std(noise) == pytest.approx(np.sqrt((samples**2).mean()), rel=0.05)
    assert len(noisy(samples[:0], RNG)) == 0


def test_silence_falls_on_the_second_half_or_on_all() -> None:
    samples = tone(1.0)
    half = half_silent(samples, RNG)
    np.testing.assert_array_equal(half[: len(half) // 2], samples[: len(half) // 2])
    assert not half[len(half) // 2 :].any()
    assert not silenced(samples, RNG).any()


def test_texts_are_cut_or_said_in_another_language() -> None:
    item = Content("a", title="abcd", language="en", attributes={"name_zh": "青蛙"})
    assert cropped(item) == "ab"
    assert translated(item) == "青蛙"
    assert translated(Content("b", title="abcd")) is None
    assert cropped(Content("c")) is None


def test_only_the_spoilt_medium_is_made_and_a_silenced_one_is_gone(tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(picture())
    (tmp_path / "s.wav").write_bytes(wav(tone(3.1)))
    item = Content("a", title="a tone", image="p.png", audio="s.wav")
    seen = spoil(tmp_path, item, DISTURBANCES["blur"], RNG)
    assert (len(seen.pictures), len(seen.sounds)) == (1, 0)
    heard = spoil(tmp_path, item, DISTURBANCES["noise in sound"], RNG)
    assert (len(heard.pictures), len(heard.sounds)) == (0, 1)
    assert heard.quality[2] > 0
    assert len(spoil(tmp_path, item, DISTURBANCES["silence"], RNG).sounds) == 0


def test_a_fall_is_a_share_of_the_clean_score() -> None:
    assert fallen(0.8, 0.6)["fall"] == pytest.approx(0.25)
    assert fallen(0.0, 0.0)["fall"] == 0.0
    assert fallen(0.5, 0.6)["fall"] < 0


def bench() -> Bench:
    features = made_features(300)
    test = features.take(rows_of(features.item_ids, "test"))
    return Bench(features, test, test, None, None, ())


def test_a_row_of_pictures_suffers_from_pictures_alone() -> None:
    """All pictures turn into the first one; then all sounds are lost."""
    of = bench()
    test = of.test
    row = tower_row(Modality.IMAGE)(Setting((of.whole,)), of.whole)
    same = replace(test.pictures, embedding=np.repeat(test.pictures.embedding[:1], len(test.pictures.owner), axis=0))
    spoilt = {"blur": replace(test, pictures=same), "silence": without(test, [Modality.AUDIO])}
    figures = robustness(row, of, spoilt, None)
    clean, disturbed = (figures["blur"]["scores"]["neighbours precision@10"][key] for key in ("clean", "disturbed"))
    assert clean != disturbed
    assert figures["silence"]["scores"]["neighbours precision@10"]["fall"] == 0.0
    assert figures["silence"]["lost"] == 1.0


def test_a_disturbance_that_touches_too_few_items_is_no_figure() -> None:
    of = bench()
    row = tower_row(Modality.TEXT)(Setting((of.whole,)), of.whole)
    assert robustness(row, of, {"wrong language": of.test}, None) == {}
