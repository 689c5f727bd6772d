"""The encoder behind a real Triton server: equal to the one in process, and honest when it is away."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
import stamina

from encoders import runtime
from encoders.batch import make_batches
from encoders.layout import MODEL_REPOSITORY, model_folder
from encoders.preprocess import preprocess
from encoders.samples import drawing, picture, tone, video, wav
from streams.adapters.local_encoder import LocalItemEncoder
from streams.adapters.triton_encoder import TritonItemEncoder
from streams.local.triton import Triton
from streams.ports.item_encoder import EncoderUnavailable, MediaItem
from streams.settings import Settings

MIXED = [
    MediaItem("text", text="ein Text auf Deutsch"),
    MediaItem("chinese", text="一只猫"),
    MediaItem("picture", image=picture()),
    MediaItem("text and picture", text="rectangles", image=picture("JPEG", drawing(seed=7))),
    MediaItem("sound", audio=wav(tone(7.0))),
    MediaItem("video", video=video(2.0)),
    MediaItem("all", "everything", None, picture("GIF"), wav(tone(1.0)), video(1.0)),
]


@pytest.fixture
async def served(triton: str) -> AsyncIterator[TritonItemEncoder]:
    encoder = TritonItemEncoder(Settings(triton=triton, encoder_timeout_s=60))
    assert await encoder.ready()
    yield encoder
    await encoder.close()


async def test_in_process_and_served_vectors_are_equal(served: TritonItemEncoder) -> None:
    local = LocalItemEncoder(Settings())
    for one, other in zip(await local.encode(MIXED), await served.encode(MIXED), strict=True):
        assert one.vector is not None
        assert other.vector is not None
        np.testing.assert_allclose(one.vector, other.vector, atol=1e-5)
        assert (one.modalities, one.problems) == (other.modalities, other.problems)


async def test_the_server_tells_the_version_that_was_exported(served: TritonItemEncoder) -> None:
    assert served.version == runtime.version(model_folder(MODEL_REPOSITORY, "aligner"))


async def test_concurrent_callers_get_their_own_items(served: TritonItemEncoder) -> None:
    items = MIXED[:4]
    calls = [items[n % 4 :] + items[: n % 4] for n in range(12)]
    expected = {item.item_id: encoding for item, encoding in zip(items, await served.encode(items), strict=True)}
    for call, encodings in zip(calls, await asyncio.gather(*(served.encode(each) for each in calls)), strict=True):
        for item, encoding in zip(call, encodings, strict=True):
            np.testing.assert_allclose(encoding.vector, expected[item.item_id].vector, atol=1e-5)  # type: ignore[arg-type]  # checked above to be vectors


async def test_modalities_that_are_absent_are_sent_as_next_to_nothing(served: TritonItemEncoder) -> None:
    (batch,) = make_batches([preprocess(MediaItem("t", text="only words"))])
    assert batch.pictures.nbytes + batch.sounds.nbytes < 400
    assert (await served.encode([MIXED[0]]))[0].modalities == ("text",)


async def test_a_version_is_not_told_before_the_server_was_reached() -> None:
    encoder = TritonItemEncoder(Settings(triton="127.0.0.1:1"))
    with pytest.raises(EncoderUnavailable, match="version"):
        _ = encoder.version
    assert not await encoder.ready()
    with pytest.raises(EncoderUnavailable):
        await encoder.encode([MIXED[0]])
    await encoder.close()


async def test_a_server_that_goes_and_comes_back_is_used_again(triton_that_stops: Triton) -> None:
    server = triton_that_stops
    encoder = TritonItemEncoder(Settings(triton=server.grpc, encoder_timeout_s=30.0))
    try:
        assert await encoder.ready()
        (before,) = await encoder.encode([MIXED[0]])
        server.stop()
        with pytest.raises(EncoderUnavailable):
            await encoder.encode([MIXED[0]])
        assert not await encoder.ready()
        server.start()
        server.wait_ready()
        async for attempt in stamina.retry_context(on=EncoderUnavailable, attempts=None, timeout=30, wait_max=0.2):
            with attempt:
                if not await encoder.ready():
                    raise EncoderUnavailable("the channel has not found the server again yet")
        (after,) = await encoder.encode([MIXED[0]])
        np.testing.assert_array_equal(before.vector, after.vector)
    finally:
        await encoder.close()


async def test_an_answer_of_another_version_is_refused(served: TritonItemEncoder) -> None:
    served._version = "bridge-00000000"  # as if this worker had begun with another export
    with pytest.raises(EncoderUnavailable, match="restart"):
        await served.encode([MIXED[0]])
