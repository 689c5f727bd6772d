"""Debian packages at pinned versions, unpacked as any user; nothing is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_S = 900


class NotFetched(RuntimeError):
    """A package could not be had; the message says what apt said."""


@dataclass(frozen=True, slots=True)
class Package:
    """A Debian package and the version whose files were learned from."""

    name: str
    version: str


def unpacked(package: Package, cache: Path) -> Path:
    """The folder with the package's files, fetched by apt unless it is there. Raises NotFetched."""
    folder = cache / f"{package.name}_{package.version.replace(':', '-')}"
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        _run(["apt-get", "download", f"{package.name}={package.version}"], Path(scratch), package)
        deb = next(Path(scratch).glob("*.deb"), None)
        if deb is None:
            raise NotFetched(f"apt-get downloaded no {package.name}; run `apt-get update` and try again")
        _run(["dpkg-deb", "-x", deb.name, "files"], Path(scratch), package)
        shutil.move(str(Path(scratch) / "files"), folder)
    return folder


def _run(command: list[str], folder: Path, package: Package) -> None:
    if shutil.which(command[0]) is None:
        raise NotFetched(f"{command[0]} is not on this machine; {package.name} can be fetched on Debian only")
    done = subprocess.run(  # noqa: S603  a fixed command and a pinned package
        command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise NotFetched(f"{package.name}={package.version} could not be fetched ({said}); run `apt-get update`")
