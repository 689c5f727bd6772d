"""Files, and only those under an allowed root once every symbolic link is followed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from streams.ports.media_fetcher import MediaCode, MediaError


def read_file(reference: str, roots: Sequence[Path], max_bytes: int) -> bytes:
    """A path, or a `file:` URL; a relative path is looked for under each root in turn. Raises MediaError."""
    wanted = _path(reference)
    real_roots = [root.resolve() for root in roots]
    candidates = [wanted] if wanted.is_absolute() else [root / wanted for root in real_roots]
    outside = False
    for candidate in candidates:
        try:
            real = candidate.resolve(strict=True)
            if not any(real.is_relative_to(root) for root in real_roots):
                outside = True
            elif real.is_file():  # neither a folder, nor a pipe that would block, nor a device without end
                return _read(real, max_bytes)
        except (OSError, RuntimeError):  # not there, a loop of links, or a name too long: not this root
            continue
    if outside or not roots:
        raise MediaError(MediaCode.NOT_ALLOWED, "the file is under none of the allowed roots (UPWELL_MEDIA_ROOTS)")
    raise MediaError(MediaCode.NOT_FOUND, "no such file under the allowed roots")


def _path(reference: str) -> Path:
    if not reference or "\x00" in reference:
        raise MediaError(MediaCode.BAD_REFERENCE, "the reference is empty or holds a null byte")
    if reference.lower().startswith("file:"):
        return Path(unquote(urlsplit(reference).path))
    if "://" in reference:
        scheme = reference.partition("://")[0][:20]
        raise MediaError(MediaCode.BAD_REFERENCE, f"{scheme}: is not a scheme that is fetched: use http, https or data")
    return Path(reference)


def _read(path: Path, max_bytes: int) -> bytes:
    with path.open("rb") as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise MediaError(MediaCode.TOO_LARGE, f"the file holds more than {max_bytes} bytes")
    return data
