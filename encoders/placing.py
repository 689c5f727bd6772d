"""How a model's files get into the repository: the manifest last, so that an interrupted export is seen as not done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from encoders import runtime
from encoders.layout import ALIGNER, TOWERS

Say = Callable[[str], None]
PROGRAM = ".pt2"  # a torch program, in place of .onnx
CODE = ("runtime.py", "torch_session.py")


def begin(folder: Path) -> None:
    """From now on the folder counts as incomplete."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / runtime.MANIFEST).unlink(missing_ok=True)
    for old in folder.glob(f"*{PROGRAM}"):
        old.unlink()


def finish(folder: Path, version: str, towers: dict[str, int] | None = None) -> None:
    """The folder is whole. `towers`: which version of each tower feeds an aligner, where it isn't the first."""
    files = {path.name: sha256(path) for path in sorted((*folder.glob("*.onnx"), *folder.glob(f"*{PROGRAM}")))}
    told = {"version": version, "files": files} | ({"towers": towers} if towers else {})
    (folder / runtime.MANIFEST).write_text(json.dumps(told, indent=1), encoding="utf-8")


def up_to_date(folder: Path, version: str) -> bool:
    """Whether the folder holds this version, whole."""
    try:
        manifest = runtime.manifest(folder)
        return bool(manifest["version"] == version) and all(
            sha256(folder / name) == known for name, known in manifest["files"].items()
        )
    except (FileNotFoundError, json.JSONDecodeError):
        return False


def has_program(folder: Path) -> bool:
    """Whether a torch program lies beside the graph of a whole folder."""
    try:
        return any(name.endswith(PROGRAM) for name in runtime.manifest(folder)["files"])
    except FileNotFoundError:
        return False


def put_runtime(repository: Path) -> None:
    """The code that runs the graphs, beside each of them."""
    for name in CODE:
        ours = Path(runtime.__file__).with_name(name).read_bytes()
        for model in (*TOWERS, ALIGNER):
            for manifest in (repository / model).glob(f"[0-9]*/{runtime.MANIFEST}"):
                copy = manifest.with_name(name)
                if not copy.exists() or copy.read_bytes() != ours:
                    copy.write_bytes(ours)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
