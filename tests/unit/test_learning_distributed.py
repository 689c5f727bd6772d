"""Data parallel training: two processes learn what one would."""

import subprocess
import sys
from pathlib import Path

import torch
from learning_worker import trained

HERE = Path(__file__).parents[1]


def test_two_processes_learn_what_one_would(tmp_path: Path) -> None:
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(HERE / "learning_worker.py")]
    done = subprocess.run(
        [sys.executable, *command, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE.parent,
        env={"PYTHONPATH": f"{HERE.parent}:{HERE}", "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    alone = trained().state_dict()
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in (0, 1))
    moved = 0.0
    for name, value in alone.items():
        torch.testing.assert_close(first[name], value, atol=1e-4, rtol=1e-3)
        assert torch.equal(first[name], second[name])
        moved += float(value.abs().sum()) if name.endswith("head.project.weight") else 0.0
    assert moved > 1.0  # heads start at zero: something has been learned at all
