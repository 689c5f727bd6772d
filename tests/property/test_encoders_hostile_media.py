"""No bytes make preprocessing fail: a medium is used, or it is a problem with a known code."""

from collections.abc import Callable
from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.preprocess import preprocess
from encoders.samples import picture, tone, video, wav
from encoders.spec import MODALITIES, PROBLEM_CODES, Limits
from streams.ports.item_encoder import MediaItem

LIMITS = Limits(max_pixels=4_000_000, max_seconds=2.0)


@cache
def whole() -> tuple[bytes, ...]:
    pictures = [picture(kind) for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")]
    return (*pictures, wav(tone(0.5)), video(0.5))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(whole())))
    for _ in range(draw(st.integers(1, 8))):
        data[draw(st.integers(0, min(len(data), 600) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))]) if draw(st.booleans()) else bytes(data)


@settings(max_examples=80, deadline=None)
@given(data=st.one_of(st.binary(max_size=300), damaged()), modality=st.sampled_from(["image", "audio", "video"]))
def test_damaged_media_are_used_or_become_a_problem(data: bytes, modality: str) -> None:
    given_as: dict[str, Callable[[bytes], MediaItem]] = {
        "image": lambda medium: MediaItem("x", image=medium),
        "audio": lambda medium: MediaItem("x", audio=medium),
        "video": lambda medium: MediaItem("x", video=medium),
    }
    tensors = preprocess(given_as[modality](data), LIMITS)
    assert tensors.modalities or tensors.problems
    for problem in tensors.problems:
        name, _, code = problem.partition(":")
        assert name in MODALITIES
        assert code in PROBLEM_CODES
    assert np.isfinite(tensors.sounds).all()


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet=st.characters(), max_size=200))
def test_any_text_gives_pieces_or_is_empty(text: str) -> None:
    tensors = preprocess(MediaItem("x", text=text))
    assert (tensors.modalities, tensors.problems) in ((("text",), ()), ((), ("text:empty",)))
