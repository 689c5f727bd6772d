"""What a figure was measured on: a number without its machine, versions and date cannot be compared."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

_PACKAGES = (
    "upwell",
    "faust-streaming",
    "aiokafka",
    "kafka-python",
    "quixstreams",
    "confluent-kafka",
    "pymilvus",
    "tritonclient",
    "numpy",
    "msgspec",
)


def machine() -> dict[str, object]:
    """The processor, cores, memory (GiB), kernel and Python of this machine."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count() or 0,
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        # Another program's load would be measured as ours: the reader should see that the machine was quiet.
        "load_average_before": [round(load, 2) for load in psutil.getloadavg()],
    }


def versions() -> dict[str, str]:
    """Installed versions of the packages that decide the figures."""
    return {name: _version(name) for name in _PACKAGES}


def today() -> str:
    """The date and time in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"
