"""Where things lie: the model repository, and the weights that come as packages."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODEL_REPOSITORY = ROOT / "triton_repo"
WEIGHTS = ROOT / ".parts" / "weights"
SERVED_VERSION = "1"  # the number Triton knows the files by; the encoder version is in the manifest


def model_folder(repository: Path, model: str) -> Path:
    """The folder of the served version of a model."""
    return repository / model / SERVED_VERSION


def package_folder(name: str) -> Path:
    """The folder of an installed package. Raises FileNotFoundError."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"the package {name} is not installed")
    return Path(spec.origin).parent


class NotExported(FileNotFoundError):
    """The model repository holds no weights yet."""

    def __init__(self, repository: Path) -> None:
        super().__init__(f"{repository} holds no weights: run `python -m encoders export`")
