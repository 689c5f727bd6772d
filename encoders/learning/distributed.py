"""Several processes on one batch: `torchrun` starts them, gloo connects CPUs and nccl GPUs, by the same code.

Every process draws the same batch, encodes its share of the rows, and gathers the others' vectors with their gradients,
so that contrastive objectives see the negatives of the whole batch and W processes learn what one would.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.nn.functional import all_gather

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class World:
    """A process's number among how many, and the device it computes on."""

    rank: int
    size: int
    device: torch.device

    @property
    def first(self) -> bool:
        return self.rank == 0

    def shard(self, rows: Tensor) -> Tensor:
        """The rows that this process takes of a batch whose length all processes divide."""
        return rows.chunk(self.size)[self.rank]

    def first_then_others(self, work: Callable[[], T]) -> T:
        """Do it here first and then in the other processes, which find what the first one has cached."""
        if self.first:
            done = work()
            self.wait()
            return done
        self.wait()
        return work()

    def wait(self) -> None:
        """For all processes to come here."""
        if self.size > 1:
            dist.barrier()

    def gathered(self, values: Tensor) -> Tensor:
        """The shards of all processes in order, gradients flowing back to each."""
        if self.size == 1:
            return values
        return torch.cat(all_gather(values), dim=0)  # type: ignore[no-untyped-call]  # torch publishes no type for it


@contextmanager
def joined() -> Iterator[World]:
    """Join the processes that torchrun started; alone when it started none."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    rank, local = int(os.environ.get("RANK", "0")), int(os.environ.get("LOCAL_RANK", "0"))
    gpu = torch.cuda.is_available()
    device = torch.device("cuda", local) if gpu else torch.device("cpu")
    if gpu:
        torch.cuda.set_device(device)
    if size == 1:
        yield World(0, 1, device)
        return
    dist.init_process_group("nccl" if gpu else "gloo")
    try:
        yield World(rank, size, device)
    finally:
        dist.destroy_process_group()
