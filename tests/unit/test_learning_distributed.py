"""Data parallel training: two processes learn what one would."""

import os
import subprocess
import sys
from pathlib import Path

import torch
from learning_worker import trained

from streams.local.ports import Ports

HERE = Path(__file__).parents[1]


def test_two_processes_learn_what_one_would(tmp_path: Path, ports: Ports) -> None:
    # What torchrun would tell each of them; itself it takes as long to start as they do.
    told = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(ports.free()), "OMP_NUM_THREADS": "1"}
    both = [
        subprocess.Popen(
            [sys.executable, str(HERE / "learning_worker.py"), str(tmp_path)],
            cwd=HERE.parent,
            env={**os.environ, **told, "PYTHONPATH": f"{HERE.parent}:{HERE}", "RANK": rank, "LOCAL_RANK": rank},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in ("0", "1")
    ]
    try:
        alone = trained().state_dict()
        for process in both:
            _, errors = process.communicate(timeout=240)
            assert process.returncode == 0, errors[-2000:]
    finally:
        for process in both:
            process.kill()
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in (0, 1))
    moved = 0.0
    for name, value in alone.items():
        torch.testing.assert_close(first[name], value, atol=1e-4, rtol=1e-3)
        assert torch.equal(first[name], second[name])
        moved += float(value.abs().sum()) if name.endswith("head.project.weight") else 0.0
    assert moved > 1.0  # heads start at zero: something has been learned at all
