"""The steps of `make setup`, in order: what each is made from, what it makes, and how."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.needs import SetupError

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "deploy" / "local"
PARTS = ROOT / ".parts"
VENV = ROOT / ".venv"
UV = PARTS / "uv" / "bin" / "uv"
REPOSITORY = ROOT / "triton_repo"


@dataclass(frozen=True, slots=True)
class Step:
    """`inputs` decide whether it must run again; `makes` must be there afterwards; `what` is for people."""

    name: str
    what: str
    inputs: tuple[Path, ...]
    makes: tuple[Path, ...]
    run: Callable[[], None]
    facts: tuple[str, ...] = ()


def call(argv: Sequence[str | Path], **environment: str) -> None:
    """Run a program with its output on ours. Raises SetupError with the command that failed."""
    words = [str(word) for word in argv]
    done = subprocess.run(words, check=False, env={**os.environ, **environment}, cwd=ROOT)  # noqa: S603  no shell
    if done.returncode != 0:
        raise SetupError(f"this failed with exit code {done.returncode}, see its words above: {' '.join(words)}")


def uv(*words: str | Path) -> None:
    """Run uv with this Python, never one that it would download."""
    call([UV, *words], UV_PYTHON=sys.executable, UV_PYTHON_DOWNLOADS="never")


def install_uv() -> None:
    """A pinned uv, checked against its hash, in an environment of its own."""
    venv.create(PARTS / "uv", clear=True, with_pip=True)
    python = PARTS / "uv" / "bin" / "python"
    call(
        [python, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "-r", HERE / "uv.lock"],
        PIP_DISABLE_PIP_VERSION_CHECK="1",
    )


def make_environment(folder: Path, lock: Path) -> None:
    """A virtual environment with exactly what a lock says."""
    if not (folder / "bin" / "python").exists():
        uv("venv", "--quiet", "--clear", folder)
    uv("pip", "sync", "--python", folder / "bin" / "python", "--require-hashes", lock)


def install_into(folder: Path, lock: Path) -> None:
    """Packages without what they depend on, in a plain folder: only their files are used."""
    shutil.rmtree(folder, ignore_errors=True)
    uv("pip", "install", "--target", folder, "--no-deps", "--require-hashes", "-r", lock)


def make_main() -> None:
    make_environment(VENV, ROOT / "requirements.lock")
    # Its build tool is in the lock as well, so nothing unpinned is fetched to build it.
    uv("pip", "install", "--python", VENV / "bin" / "python", "--no-deps", "--no-build-isolation", "--editable", ROOT)


def make_milvus() -> None:
    make_environment(PARTS / "milvus", HERE / "milvus.lock")
    entry = ROOT / "streams" / "local" / "milvus_entry.py"
    # Without ports it only unpacks the server's binaries.
    call([PARTS / "milvus" / "bin" / "python", "-I", entry, PARTS / "milvus" / "server", PARTS / "milvus"])


def make_triton() -> None:
    install_into(PARTS / "triton" / "server", HERE / "triton-server.lock")
    make_environment(PARTS / "triton" / "models", HERE / "triton-models.lock")


def make_weights() -> None:
    install_into(PARTS / "weights", HERE / "weights.lock")


def make_kafka() -> None:
    libs = PARTS / "kafka" / "libs"
    shutil.rmtree(libs, ignore_errors=True)
    copy = ("dependency:copy-dependencies", f"-DoutputDirectory={libs}", "-DincludeScope=runtime")
    call(["mvn", "-q", "-B", "-Dstyle.color=never", "--strict-checksums", "-f", HERE / "pom.xml", *copy])


def make_prometheus() -> None:
    """Unpack the Debian package; no root is needed. Without apt it is left out, which `upwell up` copes with."""
    if shutil.which("prometheus"):
        return
    apt, dpkg = shutil.which("apt-get"), shutil.which("dpkg")
    if not (apt and dpkg):
        print("       left out: there is no apt-get; put a `prometheus` on PATH to have it")
        return
    with tempfile.TemporaryDirectory() as folder:
        if not _download_package(apt, folder):
            print("       left out: the package could not be had; install the Debian package prometheus to have it")
            return
        package = next(Path(folder).glob("prometheus_*.deb"))
        shutil.rmtree(PARTS / "prometheus", ignore_errors=True)
        call([dpkg, "-x", package, PARTS / "prometheus"])


def _download_package(apt: str, folder: str) -> bool:
    def download() -> bool:
        argv = [apt, "download", "-qq", "prometheus"]
        return subprocess.run(argv, cwd=folder, check=False, capture_output=True).returncode == 0  # noqa: S603  no shell

    if download():
        return True
    if os.geteuid() != 0:  # the list of packages is old or empty, and only root may renew it
        return False
    subprocess.run([apt, "update", "-qq"], check=False, capture_output=True)  # noqa: S603  a fixed list, no shell
    return download()


def export_models() -> None:
    call([VENV / "bin" / "python", "-m", "encoders", "export"], OMP_NUM_THREADS="2")


def compile_core() -> None:
    """What numba compiles when it is imported, kept for every later start: half a minute once.

    Numba believes what it has kept while the file of the function itself is the same, whatever became of those that
    it calls in other files; so everything is made anew.
    """
    for kept in (ROOT / "streams").rglob("*.nb[ic]"):
        kept.unlink()
    call([VENV / "bin" / "python", "-c", "import streams.core.recommend"])


def steps() -> tuple[Step, ...]:
    """All of them. Environments hold absolute paths, so the root is a fact of theirs: a moved folder is made anew."""
    root = (str(ROOT),)
    encoders = (*(ROOT / "encoders").glob("*.py"), *(ROOT / "encoders" / "shipped").glob("*"))
    # Without the ensembles that the export itself writes, one per encoder version.
    models = tuple(c for c in REPOSITORY.glob("*/config.pbtxt") if not c.parent.name.startswith("item_encoder_"))
    return (
        Step("uv", "the installer (uv)", (HERE / "uv.lock",), (UV,), install_uv, root),
        Step(
            "main",
            "the main environment .venv (torch is big)",
            (ROOT / "requirements.lock", ROOT / "pyproject.toml"),
            (VENV / "bin" / "upwell",),
            make_main,
            root,
        ),
        Step(
            "milvus",
            "Milvus, the vector store",
            (HERE / "milvus.lock",),
            (PARTS / "milvus" / "server" / "bin" / "milvus",),
            make_milvus,
            root,
        ),
        Step(
            "triton",
            "Triton, the model server",
            (HERE / "triton-server.lock", HERE / "triton-models.lock"),
            (PARTS / "triton" / "server" / "pytriton", PARTS / "triton" / "models" / "bin" / "python"),
            make_triton,
            root,
        ),
        Step("weights", "the models' weights", (HERE / "weights.lock",), (PARTS / "weights",), make_weights),
        Step("kafka", "Apache Kafka, by Maven", (HERE / "pom.xml",), (PARTS / "kafka" / "libs",), make_kafka),
        Step("prometheus", "Prometheus, if it can be had", (), (), make_prometheus),
        Step(
            "compiled",
            "the arithmetic of lists, compiled",
            (ROOT / "requirements.lock", *(ROOT / "streams" / "core").rglob("*.py")),
            (ROOT / "streams" / "core" / "__pycache__",),
            compile_core,
            root,
        ),
        Step(
            "models",
            "models for Triton (export to ONNX)",
            (*encoders, *models, HERE / "weights.lock"),
            tuple(REPOSITORY / name / "1" / "manifest.json" for name in _exported()),
            export_models,
        ),
    )


def _exported() -> tuple[str, ...]:
    """Models that the export writes a manifest for: all but the ensemble, which has no weights."""
    configs = sorted(REPOSITORY.glob("*/config.pbtxt"))
    return tuple(c.parent.name for c in configs if "ensemble_scheduling" not in c.read_text(encoding="utf-8"))
