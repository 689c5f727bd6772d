"""How many floating point operations the device could do a second: what model-flops utilisation is a share of."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import torch

# Dense bfloat16 tensor-core peaks by the makers' data sheets, operations a second.
DATA_SHEETS = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "L40S": 362e12, "L4": 121e12, "A10": 125e12, "T4": 65e12}
SIDE = 2048
TURNS = 8


def peak_flops() -> tuple[float, str]:
    """(operations a second, where the figure comes from)."""
    if torch.cuda.is_available():
        name = torch.cuda.get_device_name()
        for model, peak in DATA_SHEETS.items():
            if model in name:
                return peak, f"data sheet of the {model}, dense bfloat16"
        return _measured("cuda", torch.bfloat16), "measured: a bfloat16 matrix product of side 2048"
    one_core = _measured("cpu", torch.float32)
    return one_core * (os.cpu_count() or 1), "measured: a float32 matrix product of side 2048 on one core, times cores"


def _measured(device: str, dtype: torch.dtype) -> float:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        one, other = (torch.rand(SIDE, SIDE, device=device, dtype=dtype) for _ in range(2))
        best = min(_seconds(lambda: one @ other, device) for _ in range(TURNS))
    finally:
        torch.set_num_threads(threads)
    return 2 * SIDE**3 / best


def _seconds(work: Callable[[], object], device: str) -> float:
    """On a CPU those of this thread alone, so that another program's load does not count."""
    clock = time.perf_counter if device == "cuda" else time.thread_time
    start = clock()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return clock() - start
