"""Which data the demo plays: a dataset, something that can be made into one, or the stamps when nothing is named."""

from __future__ import annotations

import hashlib
from pathlib import Path

from streams.datasets.esc10 import convert_esc10, is_esc10
from streams.datasets.folder import ABOUT, Dataset, is_dataset, open_dataset
from streams.datasets.movielens import convert_movielens
from streams.datasets.movielens_files import is_movielens
from streams.datasets.report import DatasetError, Progress
from streams.datasets.stamps import convert_stamps, stamps_folder


def choose_dataset(data: Path | None, home: Path, progress: Progress) -> Dataset:
    """The dataset to play; what has to be fetched or converted is done once and kept under `home`.

    Raises DatasetError when `data` is nothing the demo can read.
    """
    kept = home / "datasets"
    if data is None:
        out = kept / "stamps"
        if not (out / ABOUT).is_file():
            convert_stamps(stamps_folder(home / "packages", progress=progress), out, progress=progress)
        return open_dataset(out)
    if not data.is_dir():
        raise DatasetError(f"{data}: no such folder; give a dataset, or a folder of MovieLens or ESC-10")
    if is_dataset(data):
        return open_dataset(data)
    out = kept / f"{data.resolve().name}-{_fingerprint(data)}"
    if not (out / ABOUT).is_file():
        if is_movielens(data):
            convert_movielens(data, out, progress=progress)
        elif is_esc10(data):
            convert_esc10(data, out, progress=progress)
        else:
            raise DatasetError(f"{data} is no dataset, nor MovieLens, nor ESC-10; make one with `upwell convert`")
    return open_dataset(out)


def _fingerprint(folder: Path) -> str:
    """Changes when the folder or a file directly in it does: then it is converted anew."""
    digest = hashlib.blake2b(str(folder.resolve()).encode(), digest_size=6)
    for path in sorted(folder.iterdir()):
        stat = path.stat()
        digest.update(f"{path.name} {stat.st_size} {stat.st_mtime_ns}".encode())
    return digest.hexdigest()
