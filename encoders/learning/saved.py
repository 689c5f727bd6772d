"""A trained model as one file: safetensors in float16, its configuration inside as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes

from encoders.learning.config import ModelConfig
from encoders.learning.model import AlignmentModel

FORMAT = "upwell-aligner-1"


class NotAModel(ValueError):
    """A file that is missing or holds no model of ours."""


def save(model: AlignmentModel, path: Path) -> None:
    """Write the file whole or not at all. float16 moves a part by about 1e-3, which retrieval doesn't see."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().cpu().to(torch.float16).contiguous() for name, value in model.state_dict().items()}
    partial = path.with_suffix(".partial")
    metadata = {"format": FORMAT, "model": msgspec.json.encode(model.config).decode()}
    partial.write_bytes(_in_order(to_bytes(tensors, metadata=metadata)))
    partial.replace(path)


def _in_order(stored: bytes) -> bytes:
    """The same file with its metadata sorted: safetensors writes them in an order that changes from call to call, and
    equal weights are to give equal bytes, which an encoder version is a hash of.
    """
    end = 8 + int.from_bytes(stored[:8], "little")
    header = json.loads(stored[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    return stored[:8] + text.ljust(end - 8) + stored[end:]


def load(path: Path) -> AlignmentModel:
    """The model in float32, ready to run. Raises NotAModel."""
    try:
        with safe_open(str(path), framework="pt") as stored:
            metadata = stored.metadata() or {}
            tensors = {name: stored.get_tensor(name).to(torch.float32) for name in stored.keys()}  # noqa: SIM118  it is no dict
    except (FileNotFoundError, SafetensorError) as error:
        raise NotAModel(f"{path} is no model file ({error}); write one with `python -m encoders train`") from error
    if metadata.get("format") != FORMAT:
        raise NotAModel(f"{path} is of the format {metadata.get('format')}, not {FORMAT}; train it again")
    model = AlignmentModel(msgspec.json.decode(metadata["model"], type=ModelConfig))
    model.load_state_dict(tensors)
    return model.eval()
