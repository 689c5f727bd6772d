"""A small picture tower: the first blocks of the large one, on a picture of fewer pixels.

It takes and gives what `image.EfficientNetLite` does, so it can be exported and served in its place. The last five
blocks hold two thirds of the weights; pixels cost time squared.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from encoders.image import CENTRE, SPREAD, WIDTH, EfficientNetLite

BLOCKS = 11  # of 16 that are kept; the last of them gives 112 channels
SIDE = 160  # pixels, of 224
FROZEN = 5  # blocks that keep the large one's weights: edges look alike at any size, and they cost most to train


class SmallPicture(nn.Module):
    """uint8[n, 224, 224, 3] RGB to (embedding float32[n, 1280], class probabilities float32[n, 1000])."""

    def __init__(self, teacher: EfficientNetLite, blocks: int = BLOCKS, side: int = SIDE) -> None:
        super().__init__()
        network = copy.deepcopy(teacher.network)
        self.stem = nn.Sequential(network._conv_stem, network._bn0, nn.ReLU6())  # type: ignore[arg-type]  # its modules
        self.blocks = nn.ModuleList(list(network._blocks)[:blocks])  # type: ignore[arg-type]  # a ModuleList in an nn.Module
        channels = int(self.blocks[-1]._bn2.num_features)  # type: ignore[arg-type, union-attr]  # likewise
        self.widen = nn.Sequential(nn.Linear(channels, 512), nn.ReLU(), nn.Linear(512, WIDTH), nn.ReLU())
        self.classifier = copy.deepcopy(teacher.classifier).requires_grad_(requires_grad=False)
        self.side = side
        for kept in (self.stem, *self.blocks[:FROZEN]):
            kept.requires_grad_(requires_grad=False)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a tenth of the time to train

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        scaled = (pixels.to(torch.float32).permute(0, 3, 1, 2) - CENTRE) / SPREAD
        small = nn.functional.interpolate(scaled, size=(self.side, self.side), mode="bilinear", antialias=False)
        x = self.stem(small)
        for block in self.blocks:
            x = block(x)
        embedding = self.widen(x.mean(dim=(2, 3)))
        return embedding, torch.softmax(self.classifier(embedding), dim=1)
