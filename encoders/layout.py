"""Where things lie: the model repository, and the weights that come as packages."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODEL_REPOSITORY = ROOT / "triton_repo"
WEIGHTS = ROOT / ".parts" / "weights"
SERVED_VERSION = "1"  # the number Triton knows the first files by; the encoder version is in the manifest
TOWERS = ("text_encoder", "image_encoder", "audio_encoder")
ALIGNER, ENSEMBLE = "aligner", "item_encoder"


def model_folder(repository: Path, model: str, number: str | int = SERVED_VERSION) -> Path:
    """The folder of one of Triton's versions of a model."""
    return repository / model / str(number)


def package_folder(name: str) -> Path:
    """The folder of an installed package. Raises FileNotFoundError."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"the package {name} is not installed")
    return Path(spec.origin).parent


class NotExported(FileNotFoundError):
    """The model repository holds no weights yet, or none of the encoder version asked for."""

    def __init__(self, repository: Path, version: str | None = None) -> None:
        what = "no weights" if version is None else f"no weights of {version}"
        super().__init__(f"{repository} holds {what}: run `python -m encoders export`")
