"""How much each modality has to say: the better medium always weighs more."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageFilter

from encoders.preprocess import preprocess
from encoders.samples import drawing, picture, tone, video, wav
from encoders.spec import Floats


def quality(**media: str | bytes) -> Floats:
    return preprocess(SimpleNamespace(**{"text": None, "image": None, "audio": None, "video": None} | media)).quality


def test_what_is_absent_or_broken_has_none() -> None:
    assert quality().tolist() == [0, 0, 0, 0]
    assert quality(text=" ", image=b"no picture", audio=b"", video=b"?").tolist() == [0, 0, 0, 0]


def test_each_modality_has_its_place_and_lies_in_0_to_1() -> None:
    whole = quality(text="a red fox in the snow", image=picture(), audio=wav(tone()), video=video(1.0))
    assert whole.dtype == np.float32
    assert ((whole > 0.5) & (whole <= 1)).all()
    assert np.flatnonzero(quality(text="fox")).tolist() == [0]
    assert np.flatnonzero(quality(image=picture())).tolist() == [1]
    assert np.flatnonzero(quality(audio=wav(tone()))).tolist() == [2]


def test_one_word_says_less_than_a_sentence_and_repeating_it_adds_nothing() -> None:
    one, sentence = quality(text="fox")[0], quality(text="a red fox runs through the deep snow of a winter night")[0]
    assert one < 0.5 < sentence
    assert quality(text="fox fox fox fox fox fox fox")[0] == pytest.approx(one, abs=0.15)


def test_a_picture_that_is_nearly_blank_or_blurred_says_less() -> None:
    nearly = Image.new("RGB", (224, 224), (250, 250, 250))
    nearly.putpixel((100, 100), (0, 0, 0))
    sharp = quality(image=picture())[1]
    blurred = quality(image=picture(image=drawing().filter(ImageFilter.GaussianBlur(12))))[1]
    assert quality(image=picture(image=nearly))[1] < 0.1 < blurred < sharp


def test_a_quiet_sound_says_less_than_a_loud_one() -> None:
    loud, quiet = quality(audio=wav(tone()))[2], quality(audio=wav(0.001 * tone()))[2]
    assert quiet < 0.2
    assert loud > 0.8


def test_a_video_without_frames_is_judged_by_its_sound() -> None:
    assert quality(video=video(frames=False))[3] > 0.5
    assert quality(video=video(sound=False))[3] > 0.5
