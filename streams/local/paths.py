"""Where `make setup` puts the parts, and a clear word when one is not there."""

from __future__ import annotations

import shutil
from pathlib import Path

from streams.local.errors import PartMissing

ROOT = Path(__file__).resolve().parents[2]
PARTS = ROOT / ".parts"
KAFKA_LIBS = PARTS / "kafka" / "libs"
MILVUS_PYTHON = PARTS / "milvus" / "bin" / "python"
MILVUS_BINARIES = PARTS / "milvus" / "server"
TRITON_SERVER = PARTS / "triton" / "server"
TRITON_MODELS = PARTS / "triton" / "models"
PROMETHEUS_FOLDER = PARTS / "prometheus" / "usr" / "bin"
MODEL_REPOSITORY = ROOT / "triton_repo"
PROMETHEUS_RULES = ROOT / "deploy" / "prometheus"


def required(path: Path, part: str) -> Path:
    """The path, or PartMissing."""
    if not path.exists():
        raise PartMissing(f"{part} is not installed ({path} is missing); run `make setup`")
    return path


def java() -> str:
    """The Java launcher, or PartMissing."""
    found = shutil.which("java")
    if found is None:
        raise PartMissing("Kafka needs Java 17 or newer and no `java` is on PATH; install a JDK")
    return found


def prometheus(program: str = "prometheus") -> str | None:
    """`prometheus` or `promtool`, from PATH or from the unpacked Debian package; None when neither is there."""
    return shutil.which(program) or shutil.which(program, path=str(PROMETHEUS_FOLDER))
