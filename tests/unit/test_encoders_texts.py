"""What becomes of texts, good and bad."""

from types import SimpleNamespace

import numpy as np
import pytest

from encoders.pipeline import Pipeline
from encoders.preprocess import preprocess
from encoders.spec import EncodedItem, ItemTensors
from encoders.tokens import MAX_CHARACTERS, MAX_PIECES, UNKNOWN, tokenize


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline()


def tensors(text: str) -> ItemTensors:
    return preprocess(SimpleNamespace(text=text, image=None, audio=None, video=None))


def encoded(pipeline: Pipeline, text: str) -> EncodedItem:
    return pipeline.encode_tensors([tensors(text)])[0]


def cosine(pipeline: Pipeline, one: str, other: str) -> float:
    first, second = encoded(pipeline, one).vector, encoded(pipeline, other).vector
    assert first is not None
    assert second is not None
    return float(first @ second)


@pytest.mark.parametrize("text", ["", " \t\r\n", "\u3000\u200b\u200f", "\x00\x01"])
def test_text_without_a_word_is_empty(text: str) -> None:
    assert tensors(text).problems == ("text:empty",)


@pytest.mark.parametrize("unit", ["fox snow ", "a", "🎉 ", "ثعلب ", "狐狸", "e\u0301"])
def test_of_a_megabyte_the_beginning_is_read(unit: str) -> None:
    megabyte = unit * (1_000_000 // len(unit.encode()))
    pieces = tokenize(megabyte)
    assert len(pieces) <= MAX_PIECES
    np.testing.assert_array_equal(pieces, tokenize(megabyte[:MAX_CHARACTERS]))


@pytest.mark.parametrize("text", ["🦊", "🎉🎉🎉", "👨‍👩‍👧‍👦 🇩🇪", "ꦲꦏ꧀"])
def test_signs_and_scripts_that_the_model_does_not_know_say_nothing_alone(text: str) -> None:
    assert tensors(text).problems == ("text:empty",)


def test_emoji_beside_words_leave_the_words_their_meaning(pipeline: Pipeline) -> None:
    assert UNKNOWN in tokenize("a red fox 🦊 in the snow")
    with_emoji = cosine(pipeline, "a red fox 🦊 in the snow", "a red fox in the snow")
    assert with_emoji > 0.8
    assert with_emoji > 2 * cosine(pipeline, "a banker reads the newspaper", "a red fox in the snow")


def test_right_to_left_text_means_what_it_means(pipeline: Pipeline) -> None:
    arabic, marked = "ثعلب أحمر في الثلج", "\u202bثعلب أحمر في الثلج\u202c"
    same, other = (cosine(pipeline, arabic, text) for text in ("a red fox in the snow", "a banker reads the newspaper"))
    assert same > other + 0.3
    assert cosine(pipeline, marked, "a red fox in the snow") > other + 0.3


def test_mixed_scripts_mean_what_they_share(pipeline: Pipeline) -> None:
    mixed = "red 狐狸 лиса ثعلب きつね"
    same, other = (cosine(pipeline, mixed, text) for text in ("a red fox", "a banker reads the newspaper"))
    assert same > other + 0.3


def test_half_a_surrogate_pair_is_a_question_mark() -> None:
    np.testing.assert_array_equal(tokenize("a fox \ud83d"), tokenize("a fox ?"))
