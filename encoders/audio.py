"""musicnn, the audio tagger: log-mel patches in, 50 tag probabilities and a 200-d embedding out.

Pons and Serra, "musicnn: pre-trained convolutional neural networks for music audio tagging" (2019), the MTT_musicnn
weights trained on MagnaTagATune. The published code is TensorFlow 1; this is the same inference graph in torch, with
every convolution that spans a whole axis written as a one-dimensional one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from encoders.checkpoint import read_checkpoint

Variables = dict[str, NDArray[np.float32]]
BATCH_NORM_EPSILON = 1e-3  # TensorFlow's default; torch's is 1e-5
TIME_PADDING = 3  # half of the 7-frame kernels

# The order of the network's outputs, as published with the weights.
TAGS: tuple[str, ...] = (
    "guitar", "classical", "slow", "techno", "strings", "drums", "electronic", "rock", "fast", "piano",
    "ambient", "beat", "violin", "vocal", "synth", "female", "indian", "opera", "male", "singing",
    "vocals", "no vocals", "harpsichord", "loud", "quiet", "flute", "woman", "male vocal", "no vocal", "pop",
    "soft", "sitar", "solo", "man", "classic", "choir", "voice", "new age", "dance", "male voice",
    "female vocal", "beats", "harp", "cello", "no voice", "weird", "country", "metal", "female voice", "choral",
)  # fmt: skip


class Musicnn(nn.Module):
    """float32[n, 187, 96] log-mel patches to (embedding float32[n, 200], tag probabilities float32[n, 50])."""

    def __init__(self, variables: Variables) -> None:
        super().__init__()
        norms = iter([_batch_norm(variables, index) for index in range(11)])
        self.input_norm = next(norms)
        self.timbral = nn.ModuleList([_Timbral(_convolution_2d(variables, i), next(norms)) for i in (0, 1)])
        self.temporal = nn.ModuleList([_Temporal(_convolution_2d(variables, i), next(norms)) for i in (2, 3, 4)])
        self.middle = nn.ModuleList([_Middle(_convolution_1d(variables, i), next(norms)) for i in (5, 6, 7)])
        self.pool_norm = next(norms)
        self.dense = _dense(variables, "dense")
        self.dense_norm = next(norms)
        self.output = _dense(variables, "dense_1")

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        spectrogram = self.input_norm(patches.unsqueeze(1))  # [n, 1, time, mel]
        front = torch.cat([block(spectrogram) for block in (*self.timbral, *self.temporal)], dim=1)  # [n, 561, time]
        first = self.middle[0](front)
        second = self.middle[1](first) + first
        third = self.middle[2](second) + second
        features = torch.cat([front, first, second, third], dim=1)  # [n, 753, time]
        pooled = torch.stack([features.amax(dim=2), features.mean(dim=2)], dim=2).flatten(1)  # max, mean per channel
        embedding = self.dense_norm(torch.relu(self.dense(self.pool_norm(pooled))))
        return embedding, torch.sigmoid(self.output(embedding))


class _Timbral(nn.Module):
    """7 frames by most of the spectrum, then the strongest frequency of each frame."""

    def __init__(self, convolution: nn.Conv2d, norm: nn.Module) -> None:
        super().__init__()
        self.convolution, self.norm = convolution, norm

    def forward(self, spectrogram: Tensor) -> Tensor:
        padded = nn.functional.pad(spectrogram, (0, 0, TIME_PADDING, TIME_PADDING))
        out: Tensor = self.norm(torch.relu(self.convolution(padded)))
        return out.amax(dim=3)


class _Temporal(nn.Module):
    """Long kernels over time in every band, then the strongest band of each frame."""

    def __init__(self, convolution: nn.Conv2d, norm: nn.Module) -> None:
        super().__init__()
        self.convolution, self.norm = convolution, norm
        length = convolution.kernel_size[0]
        self.before, self.after = (length - 1) // 2, length // 2  # TensorFlow's "same" pads the end more

    def forward(self, spectrogram: Tensor) -> Tensor:
        padded = nn.functional.pad(spectrogram, (0, 0, self.before, self.after))
        out: Tensor = self.norm(torch.relu(self.convolution(padded)))
        return out.amax(dim=3)


class _Middle(nn.Module):
    """7 frames over all channels."""

    def __init__(self, convolution: nn.Conv1d, norm: nn.Module) -> None:
        super().__init__()
        self.convolution, self.norm = convolution, norm

    def forward(self, features: Tensor) -> Tensor:
        out: Tensor = self.norm(torch.relu(self.convolution(features)))
        return out


def load_musicnn(package: Path) -> Musicnn:
    """The network with its published weights from the unpacked package `musicnn`. Raises FileNotFoundError."""
    folder = package / "MTT_musicnn"
    model = Musicnn(read_checkpoint(folder / ".index", folder / ".data-00000-of-00001"))
    return model.eval()


def _suffix(index: int) -> str:
    return f"_{index}" if index else ""


def _batch_norm(variables: Variables, index: int) -> nn.Module:
    """Over channels, whatever the rank: the 1st and the 2nd to 6th follow 2-d convolutions, the rest 1-d data."""
    name = f"batch_normalization{_suffix(index)}"
    kind = nn.BatchNorm2d if index <= 5 else nn.BatchNorm1d
    norm = kind(len(variables[f"{name}/gamma"]), eps=BATCH_NORM_EPSILON)
    state = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
    norm.load_state_dict(
        {ours: torch.from_numpy(variables[f"{name}/{theirs}"]) for ours, theirs in state.items()}, strict=False
    )
    return norm


def _convolution_2d(variables: Variables, index: int) -> nn.Conv2d:
    """[time, mel, in, out] as TensorFlow stores it to [out, in, time, mel]."""
    name = f"conv2d{_suffix(index)}"
    kernel = torch.from_numpy(variables[f"{name}/kernel"]).permute(3, 2, 0, 1)
    layer = nn.Conv2d(kernel.shape[1], kernel.shape[0], (kernel.shape[2], kernel.shape[3]))
    layer.load_state_dict({"weight": kernel, "bias": torch.from_numpy(variables[f"{name}/bias"])})
    return layer


def _convolution_1d(variables: Variables, index: int) -> nn.Conv1d:
    """[time, channels, 1, out]: the kernel spans every channel, so it is a 1-d convolution."""
    name = f"conv2d{_suffix(index)}"
    kernel = torch.from_numpy(variables[f"{name}/kernel"])[:, :, 0, :].permute(2, 1, 0)
    layer = nn.Conv1d(kernel.shape[1], kernel.shape[0], kernel.shape[2], padding=TIME_PADDING)
    layer.load_state_dict({"weight": kernel, "bias": torch.from_numpy(variables[f"{name}/bias"])})
    return layer


def _dense(variables: Variables, name: str) -> nn.Linear:
    kernel = torch.from_numpy(variables[f"{name}/kernel"]).T
    layer = nn.Linear(kernel.shape[1], kernel.shape[0])
    layer.load_state_dict({"weight": kernel, "bias": torch.from_numpy(variables[f"{name}/bias"])})
    return layer
