"""Keeps people out of the logs: personal fields become tags that mean nothing once the process has ended."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, MutableMapping
from typing import Any

# Everything an event carries that tells who acted. A Kafka key is the user's id on most topics.
PERSONAL = frozenset({"user_id", "user", "users", "session_id", "session", "key", "context", "profile", "value"})


class Pseudonyms:
    """A structlog processor. Within a process a user always gets the same tag, so the lines about one user go together.

    The tag is a keyed hash (BLAKE2b, RFC 7693) whose key is never written down: nobody can try user ids against it
    later, and tags of two processes or two days cannot be joined.
    """

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(32)

    def __call__(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        for name in PERSONAL & event.keys():
            if event[name] is not None:
                event[name] = self.tag(event[name])
        return event

    def tag(self, value: object) -> str:
        """`~` and 12 hexadecimal digits."""
        data = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
        return "~" + hashlib.blake2b(data, digest_size=6, key=self._key).hexdigest()
