"""One process of a data parallel training, as `torchrun` starts it: `learning_worker.py OUT`."""

import sys
from pathlib import Path

import torch
from learning_builders import made_features, random_bridge

from encoders.learning.config import ModelConfig, TrainConfig
from encoders.learning.distributed import World, joined
from encoders.learning.model import AlignmentModel
from encoders.learning.train import ALONE, train

# Without dropout: each process draws its own, so that one process and two would differ by it.
SHARED = TrainConfig(
    model=ModelConfig(picture="linear", sound="linear", hidden=16, dropout=0.0),
    objectives={"info-nce": 1.0, "mse": 0.1},
    item_objectives={"views": 0.5},
    epochs=2,
    batch=64,
    evaluate_every=1,
    duplicates=1.0,
    patience=100,
)


def trained(world: World = ALONE, config: TrainConfig = SHARED, folder: Path | None = None) -> AlignmentModel:
    return train(config, [made_features()], bridge=random_bridge(), world=world, folder=folder)


if __name__ == "__main__":
    out = Path(sys.argv[1])
    torch.set_num_threads(1)
    with joined() as world:
        model = trained(world)
        torch.save(model.state_dict(), out / f"{world.rank}.pt")
