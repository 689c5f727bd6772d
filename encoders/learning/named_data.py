"""The data sets that a configuration names, as DATASET folders under .upwell/data, made when first asked for.

The stream's formats are the business of `upwell convert`, which is run as anyone would run it; pictures that are only
ever learned from are collected here (collect/).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from encoders.layout import ROOT
from encoders.learning.collect import COLLECTIONS
from encoders.learning.collect.packages import NotFetched
from encoders.learning.dataset import CONTENT

FOLDER = ROOT / ".upwell" / "data"
PACKAGES = ROOT / ".parts" / "collected"
CONVERTERS = ("stamps", "esc10", "movielens")
Say = Callable[[str], None]


class NoSuchData(ValueError):
    """A data set that can be neither found nor made; the message says by which command it could be."""


def folders(named: Mapping[str, str], say: Say, folder: Path = FOLDER, root: Path = ROOT) -> list[Path]:
    """A DATASET folder for each name. Its value is what it is made of: a folder relative to `root`, or nothing for what
    is fetched as a package. Raises NoSuchData, NotFetched.
    """
    return [_folder(name, source, say, folder / name, root) for name, source in named.items()]


def collect(name: str, out: Path, cache: Path = PACKAGES) -> int:
    """Make the DATASET folder of a collection; returns how many items. Raises NoSuchData, NotFetched."""
    if name not in COLLECTIONS:
        raise NoSuchData(f"no such collection: {name}; one of {', '.join(COLLECTIONS)}")
    out.mkdir(parents=True, exist_ok=True)
    return COLLECTIONS[name](out, cache)


def _folder(name: str, source: str, say: Say, out: Path, root: Path) -> Path:
    if (out / CONTENT).is_file():
        return out
    if name in COLLECTIONS:
        say(f"collecting {name} into {out}")
        collect(name, out)
        return out
    if name not in CONVERTERS:
        raise NoSuchData(f"no data set {name} in {out}; known are {', '.join([*CONVERTERS, *COLLECTIONS])}")
    given = [os.path.normpath(root / source)] if source else []
    if given and not Path(given[0]).is_dir():
        raise NoSuchData(f"{given[0]}: no such folder to make {name} of; name DATASET folders with --data")
    command = ["upwell", "convert", name, *given, str(out)]
    say(f"making {name}: {' '.join(command)}")
    _run(command)
    if not (out / CONTENT).is_file():
        raise NoSuchData(f"`{' '.join(command)}` made no {CONTENT}; run it by hand to see why")
    return out


def _run(command: list[str]) -> None:
    """Its exit code is not asked: a conversion that refused some of its input has still made the rest."""
    program = shutil.which(command[0], path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if program is None:
        raise NoSuchData(f"{command[0]} is not installed here; make the folder with `{' '.join(command)}`")
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)  # noqa: S603  our own
    if done.returncode > 1:
        raise NoSuchData(f"`{' '.join(command)}` failed: {(done.stderr.strip() or 'it said nothing').splitlines()[-1]}")


__all__ = ["FOLDER", "NoSuchData", "NotFetched", "collect", "folders"]
