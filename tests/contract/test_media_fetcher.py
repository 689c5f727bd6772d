"""What a media fetcher must do, against a real HTTP server, real files and data URIs."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from streams.adapters import media_http
from streams.adapters.media import HttpMediaFetcher
from streams.adapters.media_data import read_data_uri
from streams.ports.media_fetcher import MediaCode, MediaError
from streams.settings import Settings

BODY = bytes(range(256)) * 40
LIMIT = 20_000
Make = Callable[..., HttpMediaFetcher]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    made: list[HttpMediaFetcher] = []

    def make_fetcher(**changes: object) -> HttpMediaFetcher:
        values: dict[str, object] = {
            "media_roots": (tmp_path / "root",),
            "media_max_bytes": LIMIT,
            "media_timeout_s": 5.0,
            "media_allow_private": True,
        }
        made.append(HttpMediaFetcher(Settings(**{**values, **changes})))  # type: ignore[arg-type]  # pydantic checks them
        return made[-1]

    (tmp_path / "root").mkdir()
    yield make_fetcher
    for fetcher in made:
        await fetcher.close()


@pytest.fixture
async def server() -> AsyncIterator[str]:
    async def body(_: web.Request) -> web.Response:
        return web.Response(body=BODY)

    async def status(request: web.Request) -> web.Response:
        return web.Response(status=int(request.match_info["code"]))

    async def to(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": request.query["url"]})

    async def around(request: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": str(request.url)})

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(1000):
            await response.write(BODY)
        return response

    async def never(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    app = web.Application()
    for path, handler in {
        "/body": body,
        "/status/{code}": status,
        "/to": to,
        "/around": around,
        "/endless": endless,
        "/never": never,
    }.items():
        app.router.add_get(path, handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def refusal(fetcher: HttpMediaFetcher, reference: str) -> MediaError:
    with pytest.raises(MediaError) as refused:
        await fetcher.fetch(reference)
    assert refused.value.code in set(MediaCode)
    return refused.value


async def test_a_url_gives_the_body(make: Make, server: str) -> None:
    assert await make().fetch(f"{server}/body") == BODY


async def test_redirects_are_followed_relative_ones_too(make: Make, server: str) -> None:
    assert await make().fetch(f"{server}/to?url=/to%3Furl=/body") == BODY


async def test_redirects_without_end_are_given_up(make: Make, server: str) -> None:
    assert (await refusal(make(), f"{server}/around")).code == "too_many_redirects"


@pytest.mark.parametrize(
    ("status", "code", "transient"),
    [
        (404, "not_found", False),
        (410, "not_found", False),
        (403, "refused", False),
        (204, "refused", False),
        (429, "unavailable", True),
        (503, "unavailable", True),
    ],
)
async def test_each_answer_has_its_code(make: Make, server: str, status: int, code: str, transient: bool) -> None:
    error = await refusal(make(), f"{server}/status/{status}")
    assert (error.code, error.transient) == (code, transient)


async def test_a_body_over_the_limit_is_refused_by_its_header_or_while_it_streams(make: Make, server: str) -> None:
    assert (await refusal(make(media_max_bytes=5000), f"{server}/body")).code == "too_large"
    assert (await refusal(make(), f"{server}/endless")).code == "too_large"


async def test_a_server_that_never_answers_is_a_passing_fault(make: Make, server: str) -> None:
    error = await refusal(make(media_timeout_s=0.2), f"{server}/never")
    assert (error.code, error.transient) == ("timeout", True)


async def test_no_server_is_a_passing_fault(make: Make) -> None:
    error = await refusal(make(), "http://127.0.0.1:1/x")
    assert (error.code, error.transient) == ("unavailable", True)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "localhost", "10.1.2.3", "192.168.0.1", "169.254.169.254", "[::ffff:127.0.0.1]", "0.0.0.0"],
)
async def test_private_addresses_are_refused_unless_allowed(make: Make, server: str, host: str) -> None:
    port = server.rpartition(":")[2]
    error = await refusal(make(media_allow_private=False), f"http://{host}:{port}/body")
    assert (error.code, error.transient) == ("not_allowed", False)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "017700000001"])
async def test_odd_spellings_of_an_address_lead_nowhere(make: Make, server: str, host: str) -> None:
    port = server.rpartition(":")[2]
    error = await refusal(make(media_allow_private=False), f"http://{host}:{port}/body")
    assert error.code in {"not_allowed", "bad_reference", "unavailable"}


async def test_a_redirect_into_a_private_network_is_refused(
    make: Make, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The loopback server plays the public one; everything else keeps the real rule.
    real = media_http.is_public
    monkeypatch.setattr(media_http, "is_public", lambda address: address == "127.0.0.1" or real(address))
    fetcher = make(media_allow_private=False)
    assert await fetcher.fetch(f"{server}/body") == BODY
    for inner in ("http://10.0.0.1/", "http://[::1]/body", "http://169.254.169.254/latest"):
        assert (await refusal(fetcher, f"{server}/to?url={inner}")).code == "not_allowed"
    assert (await refusal(fetcher, f"{server}/to?url=file:///etc/hostname")).code == "bad_reference"


@pytest.mark.parametrize("address", ["64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1%eth0", "224.0.0.1", "100.64.0.1"])
def test_wrapped_and_special_addresses_are_not_public(address: str) -> None:
    assert not media_http.is_public(address)


def test_ordinary_addresses_are_public() -> None:
    assert media_http.is_public("93.184.215.14")
    assert media_http.is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")


@pytest.mark.parametrize(
    "reference", ["http://", "http:///x", "https://[bad", "ftp://host/x", "", "\x00", "http://a b/"]
)
async def test_malformed_references_are_said_to_be_so(make: Make, reference: str) -> None:
    assert (await refusal(make(), reference)).code in {"bad_reference", "unavailable"}


async def test_a_file_under_a_root_is_read_by_path_by_url_and_relative_to_the_root(make: Make, tmp_path: Path) -> None:
    file = tmp_path / "root" / "a b.bin"
    file.write_bytes(BODY)
    for reference in (str(file), file.as_uri(), "a b.bin", f" {file}\n"):
        assert await make().fetch(reference) == BODY


async def test_paths_out_of_the_roots_are_refused_however_they_are_written(make: Make, tmp_path: Path) -> None:
    secret = tmp_path / "secret.bin"
    secret.write_bytes(BODY)
    (tmp_path / "root" / "link").symlink_to(secret)
    (tmp_path / "root" / "folder").symlink_to(tmp_path)
    for reference in (str(secret), "../secret.bin", "link", "folder/secret.bin", secret.as_uri(), "/etc/hostname"):
        assert (await refusal(make(), reference)).code == "not_allowed"


async def test_without_roots_no_file_is_read(make: Make, tmp_path: Path) -> None:
    (tmp_path / "root" / "x").write_bytes(BODY)
    assert (await refusal(make(media_roots=()), str(tmp_path / "root" / "x"))).code == "not_allowed"


async def test_folders_pipes_loops_and_missing_files_are_not_found(make: Make, tmp_path: Path) -> None:
    root = tmp_path / "root"
    os.mkfifo(root / "pipe")
    (root / "loop").symlink_to(root / "loop")
    for reference in (str(root), "pipe", "loop", "missing", "x" * 5000):
        assert (await refusal(make(), reference)).code == "not_found"


async def test_a_file_over_the_limit_is_refused(make: Make, tmp_path: Path) -> None:
    (tmp_path / "root" / "big").write_bytes(b"x" * (LIMIT + 1))
    assert (await refusal(make(), "big")).code == "too_large"


@pytest.mark.parametrize(
    "uri",
    [
        "data:image/png;base64,aGVsbG8=",
        "data:;base64,aGVsbG8",
        "data:,hello",
        "DATA:text/plain;charset=utf-8,%68ello",
        "data:image/png;base64,aGVs\n bG8=",
        "data:image/png;base64,aGVsbG8%3D",
    ],
)
async def test_data_uris_in_every_spelling(make: Make, uri: str) -> None:
    assert await make().fetch(uri) == b"hello"


@pytest.mark.parametrize("uri", ["data:image/png;base64", "data:image/png;base64,@@@@", "data:;base64,aGVsbG8é"])
async def test_broken_data_uris_are_said_to_be_so(make: Make, uri: str) -> None:
    assert (await refusal(make(), uri)).code == "bad_reference"


async def test_a_data_uri_over_the_limit_is_refused(make: Make) -> None:
    uri = "data:;base64," + base64.b64encode(b"x" * (LIMIT + 1)).decode()
    assert (await refusal(make(), uri)).code == "too_large"


@given(st.binary(max_size=200))
def test_any_bytes_survive_a_data_uri(data: bytes) -> None:
    assert read_data_uri("data:;base64," + base64.urlsafe_b64encode(data).decode(), 1000) == data
