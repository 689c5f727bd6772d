"""tritonserver with its python backend, serving `triton_repo/` from a Python environment of the models' own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from streams.local import paths, probe
from streams.local.process import Child, Command

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  the kernel's own folder; names in it start with our prefix


@dataclass(frozen=True, slots=True)
class TritonPorts:
    """Ports on 127.0.0.1."""

    http: int
    grpc: int
    metrics: int


class Triton:
    """One server. `folder` takes the log; `repository` holds the models.

    The python backend starts its stubs through a shell without quoting, so all paths it sees go through links in a
    folder whose name has no spaces.
    """

    def __init__(self, folder: Path, ports: TritonPorts, repository: Path = paths.MODEL_REPOSITORY) -> None:
        self._folder = folder
        self._ports = ports
        self._repository = repository
        self._prefix = f"upwell_{os.getpid()}_{ports.grpc}_"
        self._links = Path(tempfile.gettempdir(), f"upwell-triton-{os.getpid()}-{ports.grpc}")
        self.child = Child(self._command())

    @property
    def grpc(self) -> str:
        return f"127.0.0.1:{self._ports.grpc}"

    @property
    def metrics(self) -> str:
        """Host and port where Prometheus finds /metrics."""
        return f"127.0.0.1:{self._ports.metrics}"

    def start(self) -> None:
        server = paths.required(paths.TRITON_SERVER, "Triton") / "pytriton" / "tritonserver"
        paths.required(paths.TRITON_MODELS, "the models' Python environment")
        self._link(server)
        remove_leftovers()
        child = Child(self._command())
        child.start()
        self.child = child  # another thread may ask for its process id at any time

    def ready(self) -> bool:
        """Ready means that every model is loaded and has run its warm-up."""
        return probe.text(f"http://127.0.0.1:{self._ports.http}/v2/health/ready") is not None

    def wait_ready(self, within_s: float = 120.0) -> None:
        self.child.wait_ready(self.ready, within_s)

    def stop(self) -> None:
        self.child.stop()
        for left in SHARED_MEMORY.glob(f"{self._prefix}*"):
            left.unlink(missing_ok=True)
        shutil.rmtree(self._links, ignore_errors=True)

    def _command(self) -> Command:
        server = paths.TRITON_SERVER
        return Command(
            name="Triton",
            argv=(
                str(server / "pytriton" / "tritonserver" / "bin" / "tritonserver"),
                f"--model-repository={self._links / 'models'}",
                # All at the start; what is exported later is loaded by a call, without a stop.
                "--model-control-mode=explicit",
                "--load-model=*",
                f"--backend-directory={self._links / 'backends'}",
                f"--backend-config=python,shm-region-prefix-name={self._prefix}",
                "--http-address=127.0.0.1",
                f"--http-port={self._ports.http}",
                "--grpc-address=127.0.0.1",
                f"--grpc-port={self._ports.grpc}",
                "--metrics-address=127.0.0.1",
                f"--metrics-port={self._ports.metrics}",
                "--exit-timeout-secs=5",
            ),
            log=self._folder / "triton.log",
            environment={
                # The stub takes its Python from PATH and ignores PYTHONPATH.
                "PATH": f"{paths.TRITON_MODELS / 'bin'}:{os.environ['PATH']}",
                "LD_LIBRARY_PATH": f"{server / 'nvidia_pytriton.libs'}:{_python_libraries()}",
                # Several BLAS or OpenMP threads per stub fight over few cores and are many times slower.
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
            },
        )

    def _link(self, server: Path) -> None:
        """The layout tritonserver wants: the backend's files and this Python's stub side by side, and the models."""
        backend = self._links / "backends" / "python"
        shutil.rmtree(self._links, ignore_errors=True)
        backend.mkdir(parents=True)
        stub = server / "python_backend_stubs" / "3.11" / "triton_python_backend_stub"
        for source in (*(server / "backends" / "python").iterdir(), stub):
            (backend / source.name).symlink_to(source)
        (self._links / "models").symlink_to(self._repository.absolute())


def _python_libraries() -> str:
    """Folder of the models' libpython, which the stub links to."""
    python = paths.TRITON_MODELS / "bin" / "python"
    if not python.exists():
        return ""  # start() says that it is missing
    code = "import sysconfig; print(sysconfig.get_config_var('LIBDIR'))"
    return subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603  a fixed list, no shell


def remove_leftovers() -> None:
    """Free what servers left behind whose launcher was killed; names carry its process id."""
    for left in (*SHARED_MEMORY.glob("upwell_*_*"), *Path(tempfile.gettempdir()).glob("upwell-triton-*")):
        owner = re.split("[-_]", left.name.removeprefix("upwell-triton-").removeprefix("upwell_"))[0]
        if not owner.isdigit() or Path(f"/proc/{owner}").exists():
            continue
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
