"""What every adapter of the item encoder must do, run on all three: dummy, in process, behind Triton."""

from collections.abc import AsyncIterator

import numpy as np
import pytest

from encoders.samples import drawing, picture, tone, video, wav
from streams.adapters.dummy_encoder import DummyItemEncoder
from streams.adapters.local_encoder import LocalItemEncoder
from streams.adapters.triton_encoder import TritonItemEncoder
from streams.ports.item_encoder import Encoding, ItemEncoder, MediaItem
from streams.settings import Settings


@pytest.fixture(params=["dummy", "local", "triton"])
async def encoder(request: pytest.FixtureRequest) -> AsyncIterator[ItemEncoder]:
    made: ItemEncoder
    if request.param == "dummy":
        made = DummyItemEncoder()
    elif request.param == "local":
        made = LocalItemEncoder(Settings())
    else:
        made = TritonItemEncoder(Settings(triton=request.getfixturevalue("triton"), encoder_timeout_s=60))
    assert await made.ready()
    yield made
    await made.close()


def everything(item_id: str = "all") -> MediaItem:
    return MediaItem(
        item_id, "a brass band in the park", "en", image=picture(), audio=wav(tone()), video=video(1.0, sound=False)
    )


def vector(encoding: Encoding) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    assert encoding.vector is not None
    return encoding.vector


async def test_the_version_is_a_name_and_a_hash(encoder: ItemEncoder) -> None:
    name, _, digest = encoder.version.partition("-")
    assert name
    assert len(digest) == 8
    assert int(digest, 16) >= 0


async def test_a_vector_has_unit_length_and_the_dimension_told(encoder: ItemEncoder) -> None:
    (encoding,) = await encoder.encode([everything()])
    assert vector(encoding).shape == (encoder.dimension,)
    assert vector(encoding).dtype == np.float32
    assert np.linalg.norm(vector(encoding)) == pytest.approx(1.0, abs=1e-5)


async def test_the_modalities_that_went_in_are_named(encoder: ItemEncoder) -> None:
    encodings = await encoder.encode(
        [everything(), MediaItem("t", text="words"), MediaItem("i", image=picture()), MediaItem("a", audio=wav(tone()))]
    )
    assert [encoding.modalities for encoding in encodings] == [
        ("text", "image", "audio", "video"),
        ("text",),
        ("image",),
        ("audio",),
    ]


async def test_the_same_input_gives_the_same_vector_alone_or_in_company(encoder: ItemEncoder) -> None:
    (alone,) = await encoder.encode([everything()])
    company = [MediaItem(str(n), text="word " * n) for n in range(1, 40)]
    together = await encoder.encode([*company, everything(), MediaItem("last", image=picture("JPEG"))])
    np.testing.assert_allclose(vector(alone), vector(together[39]), atol=1e-5)


async def test_every_modality_counts(encoder: ItemEncoder) -> None:
    full = everything()
    without_picture = MediaItem(full.item_id, full.text, full.language, None, full.audio, full.video)
    other_text = MediaItem(full.item_id, "a recipe for soup", full.language, full.image, full.audio, full.video)
    one, two, three = await encoder.encode([full, without_picture, other_text])
    assert vector(one) @ vector(two) < 0.999
    assert vector(one) @ vector(three) < 0.999


async def test_texts_that_share_meaning_are_nearer_than_others(encoder: ItemEncoder) -> None:
    texts = ["a small dog in the garden", "the dog in the small garden", "quarterly tax report"]
    dog, same, tax = await encoder.encode([MediaItem(text, text=text) for text in texts])
    assert vector(dog) @ vector(same) > vector(dog) @ vector(tax) + 0.2


async def test_a_broken_picture_costs_the_item_only_that(encoder: ItemEncoder) -> None:
    broken, plain = await encoder.encode(
        [MediaItem("b", text="good words", image=b"no picture"), MediaItem("p", text="good words")]
    )
    assert broken.problems == ("image:unreadable",)
    assert broken.modalities == ("text",)
    np.testing.assert_allclose(vector(broken), vector(plain), atol=1e-5)


async def test_an_item_with_nothing_usable_has_no_vector_and_says_why(encoder: ItemEncoder) -> None:
    empty, broken = await encoder.encode([MediaItem("e"), MediaItem("b", text="  ", image=b"", audio=b"?", video=b"?")])
    assert empty == Encoding(None, (), ())
    assert broken.vector is None
    assert broken.problems == ("text:empty", "image:empty", "audio:unreadable", "video:unreadable")


async def test_odd_texts_are_encoded(encoder: ItemEncoder) -> None:
    odd = ["x" * 1_000_000, "مرحبا بالعالم", "日本語 and русский", "a lone \ud800 surrogate", "null \x00 byte"]
    encodings = await encoder.encode([MediaItem(str(n), text=text) for n, text in enumerate(odd)])
    assert all(np.isfinite(vector(encoding)).all() for encoding in encodings)


async def test_no_items_give_no_encodings(encoder: ItemEncoder) -> None:
    assert await encoder.encode([]) == []


async def test_items_beyond_one_request_are_all_encoded(encoder: ItemEncoder) -> None:
    items = [MediaItem(str(n), text=f"item number {n}", image=picture(image=drawing(40, 40, n % 3))) for n in range(40)]
    encodings = await encoder.encode(items)
    assert len(encodings) == 40
    assert all(encoding.modalities == ("text", "image") for encoding in encodings)
