"""Fetches a Debian package and unpacks some of its files, as any user: no root, nothing installed."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from streams.datasets.report import DatasetError, Progress, silent

_POLL_S = 0.2
_LIMIT_S = 1800.0


def fetch_package(package: str, folder: Path, progress: Progress = silent) -> Path:
    """Download the package's .deb into `folder` and return its path. Raises DatasetError with apt's own last words.

    A machine whose package lists are missing (a fresh container) gets lists of our own inside `folder`, as
    `apt-get update` would need root.
    """
    _need("apt-get", "apt")
    folder.mkdir(parents=True, exist_ok=True)
    options: list[str] = []
    if _size(package, options) is None:
        options = _private_lists(folder, progress)
    total = _size(package, options)
    if total is None:
        raise DatasetError(
            f"apt knows no package {package}; fetch its .deb on another machine and give it as --package"
        )
    _watch(["apt-get", *options, "download", package], folder, f"downloading {package}", total, progress)
    found = sorted(folder.glob(f"{package}_*.deb"))
    if not found:
        raise DatasetError(f"apt-get downloaded no {package}_*.deb into {folder}; give a .deb as --package")
    return found[-1]


def unpack(deb: Path, out: Path, wanted: Callable[[str], bool], progress: Progress = silent) -> int:
    """Unpack the members whose path `wanted` accepts into `out` (complete or not at all); returns how many.

    Raises DatasetError when `deb` is no Debian package.
    """
    _need("dpkg-deb", "dpkg")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".unpack-") as scratch:
        partial = Path(scratch) / "files"
        partial.mkdir()
        command = ["dpkg-deb", "--fsys-tarfile", str(deb)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603  a fixed command and a path
            assert process.stdout is not None  # noqa: S101  PIPE was asked for
            assert process.stderr is not None  # noqa: S101  the same
            try:
                count = _extract(process.stdout, partial, wanted, progress)
                broken = "" if process.wait() == 0 else "it is damaged"
            except tarfile.TarError as error:
                process.kill()
                broken = str(error)
            said = process.stderr.read().decode(errors="replace").strip()
        if broken:
            raise DatasetError(
                f"{deb} is no whole Debian package ({_last_line(said or broken)}); remove it and try again"
            )
        shutil.rmtree(out, ignore_errors=True)
        partial.replace(out)
    return count


def _extract(stream: IO[bytes], out: Path, wanted: Callable[[str], bool], progress: Progress) -> int:
    count = 0
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            if member.isfile() and wanted(member.name):
                archive.extract(member, out, filter="data")
                count += 1
                progress("unpacking", count, None)
    while stream.read(1 << 20):  # what follows the end mark; unread, it would end dpkg-deb by SIGPIPE
        pass
    return count


def _private_lists(folder: Path, progress: Progress) -> list[str]:
    """Options that make apt keep its state inside `folder`, with fresh lists in it."""
    state, cache = folder / "apt/state", folder / "apt/cache"
    (state / "lists/partial").mkdir(parents=True, exist_ok=True)
    (cache / "archives/partial").mkdir(parents=True, exist_ok=True)
    options = [
        "-o", f"Dir::State={state.resolve()}",
        "-o", f"Dir::Cache={cache.resolve()}",
        "-o", "Dir::State::status=/var/lib/dpkg/status",
    ]  # fmt: skip
    _watch(["apt-get", *options, "update"], folder, "fetching package lists", None, progress)
    return options


def _size(package: str, options: list[str]) -> int | None:
    """Bytes of the package as apt knows it, or None when it does not."""
    command = ["apt-cache", *options, "--no-all-versions", "show", package]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  a fixed command and a package's name
    sizes = [line.removeprefix("Size: ") for line in shown.stdout.splitlines() if line.startswith("Size: ")]
    return int(sizes[0]) if sizes else None


def _watch(command: list[str], folder: Path, what: str, total: int | None, progress: Progress) -> None:
    """Run apt in `folder`, reporting how many bytes lie there meanwhile."""
    deadline = time.monotonic() + _LIMIT_S
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT) as process,  # noqa: S603  a fixed command
    ):
        while process.poll() is None:
            if time.monotonic() > deadline:
                process.kill()
                raise DatasetError(f"{what} took more than {_LIMIT_S:.0f} s; look at the network and try again")
            here = sum(path.stat().st_size for path in folder.glob("*.deb"))
            progress(what, min(here, total) if total else here, total)
            time.sleep(_POLL_S)
        log.seek(0)
        said = log.read().decode(errors="replace")
    if process.returncode != 0:
        raise DatasetError(f"{what} failed ({_last_line(said)}); look at the network, or give a .deb as --package")
    progress(what, total or 0, total)


def _need(program: str, package: str) -> None:
    if shutil.which(program) is None:
        raise DatasetError(
            f"{program} is not on this machine; install the package {package}, or unpack the .deb elsewhere"
        )


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
