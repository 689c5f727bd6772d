"""http(s), with the guards a fetcher of strangers' URLs needs: size, redirects, and no way into the private network."""

from __future__ import annotations

import ipaddress
from typing import NoReturn

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from streams.ports.media_fetcher import MediaCode, MediaError

MAX_REDIRECTS = 5
CHUNK_BYTES = 64 * 1024
CONNECTIONS = 32
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # IPv4 addresses inside IPv6 ones (RFC 6052)
HEADERS = {"User-Agent": "upwell", "Accept-Encoding": "identity"}


class PrivateAddress(OSError):
    """A name or an address that leads into a private network."""


class HttpReader:
    """GET with at most `max_bytes` of body. Compressed bodies are not asked for: media are compressed already, and an
    archive bomb would unpack past the limit.
    """

    def __init__(self, max_bytes: int, *, allow_private: bool) -> None:
        self._max_bytes = max_bytes
        self._allow_private = allow_private
        self._session: aiohttp.ClientSession | None = None

    async def read(self, reference: str) -> bytes:
        """Raises MediaError. The time limit is the caller's."""
        url = _url(reference)
        try:
            for _ in range(MAX_REDIRECTS + 1):
                self._check_literal(url)
                async with self._client().get(url, allow_redirects=False) as answer:
                    if answer.status not in (301, 302, 303, 307, 308):
                        return await self._body(answer)
                    url = _url(str(answer.url.join(URL(answer.headers.get("Location", "")))))
        except aiohttp.InvalidURL as error:
            raise MediaError(MediaCode.BAD_REFERENCE, "the URL is malformed") from error
        except aiohttp.ClientError as error:
            _raise_for(error)
        raise MediaError(MediaCode.TOO_MANY_REDIRECTS, f"more than {MAX_REDIRECTS} redirects")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver: AbstractResolver = aiohttp.ThreadedResolver()
            if not self._allow_private:
                resolver = _PublicResolver(resolver)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=resolver, limit=CONNECTIONS),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=HEADERS,
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=None),
            )
        return self._session

    def _check_literal(self, url: URL) -> None:
        """Addresses written out never reach the resolver."""
        if not self._allow_private and url.host is not None and _is_literal(url.host) and not is_public(url.host):
            raise MediaError(MediaCode.NOT_ALLOWED, f"{url.host} is a private address (UPWELL_MEDIA_ALLOW_PRIVATE)")

    async def _body(self, answer: aiohttp.ClientResponse) -> bytes:
        if answer.status in (404, 410):
            raise MediaError(MediaCode.NOT_FOUND, f"the server says {answer.status}")
        if answer.status in (408, 425, 429) or answer.status >= 500:
            raise MediaError(MediaCode.UNAVAILABLE, f"the server says {answer.status}", transient=True)
        if answer.status != 200:
            raise MediaError(MediaCode.REFUSED, f"the server says {answer.status}")
        if (answer.content_length or 0) > self._max_bytes:
            self._too_large()
        body = bytearray()
        async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
            body += chunk
            if len(body) > self._max_bytes:
                self._too_large()
        return bytes(body)

    def _too_large(self) -> NoReturn:
        raise MediaError(MediaCode.TOO_LARGE, f"the medium holds more than {self._max_bytes} bytes")


class _PublicResolver(AbstractResolver):
    """Refuses names that resolve to private addresses. What is connected to is what was checked, so an answer that
    changes between the check and the use (DNS rebinding) gains nothing.
    """

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)  # type: ignore[arg-type]  # family is an int to socket
        if not all(is_public(result["host"]) for result in found):
            raise PrivateAddress(f"{host} resolves to a private address")
        return found

    async def close(self) -> None:
        await self._inner.close()


def is_public(address: str) -> bool:
    """Whether an address can be reached over the internet, IPv4 addresses wrapped into IPv6 ones seen through."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            ip = inner
    return ip.is_global and not ip.is_multicast


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _url(reference: str) -> URL:
    try:
        url = URL(reference)
    except ValueError as error:
        raise MediaError(MediaCode.BAD_REFERENCE, f"the URL is malformed: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise MediaError(MediaCode.BAD_REFERENCE, "the URL is not one of http or https with a host")
    return url


def _raise_for(error: aiohttp.ClientError) -> NoReturn:
    if isinstance(error.__cause__, PrivateAddress) or isinstance(getattr(error, "os_error", None), PrivateAddress):
        raise MediaError(MediaCode.NOT_ALLOWED, f"{error} (UPWELL_MEDIA_ALLOW_PRIVATE)") from error
    raise MediaError(MediaCode.UNAVAILABLE, f"no answer: {error}", transient=True) from error
