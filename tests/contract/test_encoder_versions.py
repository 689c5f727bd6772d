"""What every place where encoders run must do: several versions side by side, told apart by name."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from streams.adapters.encoder_choice import make_encoder_versions, make_item_encoder
from streams.ports.encoder_versions import EncoderVersions, EncoderVersionUnknown
from streams.ports.item_encoder import EncoderUnavailable
from streams.settings import Settings

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module", params=["dummy", "local", "triton"])
def settings(request: pytest.FixtureRequest) -> Settings:
    where = {"triton": request.getfixturevalue("triton")} if request.param == "triton" else {}
    return Settings(encoder=request.param, encoder_timeout_s=60, **where)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def versions(settings: Settings) -> AsyncIterator[EncoderVersions]:
    made = make_encoder_versions(settings)
    yield made
    await made.close()


async def test_what_is_served_answers_under_its_name(versions: EncoderVersions, settings: Settings) -> None:
    served = await versions.served()
    assert served
    encoder = make_item_encoder(settings, served[0])
    assert await encoder.ready()
    assert encoder.version == served[0]
    await encoder.close()


async def test_serving_what_is_served_changes_nothing(versions: EncoderVersions) -> None:
    served = await versions.served()
    await versions.serve(served[0])
    assert await versions.served() == served


async def test_a_version_that_was_never_exported_is_unknown(versions: EncoderVersions) -> None:
    with pytest.raises(EncoderVersionUnknown, match="nobody-00000000"):
        await versions.serve("nobody-00000000")


async def test_retiring_what_is_not_served_does_nothing(versions: EncoderVersions) -> None:
    served = await versions.served()
    await versions.retire("nobody-00000000")
    assert await versions.served() == served


async def test_a_server_that_is_away_is_unavailable_and_its_versions_are_not_unknown() -> None:
    away = make_encoder_versions(Settings(encoder="triton", triton="127.0.0.1:1", encoder_timeout_s=0.5))
    for call in (away.served(), away.serve("any"), away.retire("any")):
        with pytest.raises(EncoderUnavailable) as error:
            await call
        assert not isinstance(error.value, EncoderVersionUnknown)
    await away.close()
