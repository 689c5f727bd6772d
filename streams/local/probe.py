"""Small looks at a server on this machine, for readiness and status."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request


def text(url: str, timeout_s: float = 2.0) -> str | None:
    """The body of a 200 answer, or None when there is none (not listening yet, another status, too slow)."""
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as answer:  # noqa: S310  our own loopback addresses
            body: bytes = answer.read()
            return body.decode("utf-8", "replace")
    except (urllib.error.URLError, OSError, ValueError):
        return None


def listening(host: str, port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as client:
        client.settimeout(1.0)
        return client.connect_ex((host, port)) == 0
