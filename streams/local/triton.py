"""tritonserver with its python backend, serving `triton_repo/` from a Python environment of the models' own."""

from __future__ import annotations

import os
import subprocess
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
    """One server. `folder` takes the backend's links and the log; `repository` holds the models."""

    def __init__(self, folder: Path, ports: TritonPorts, repository: Path = paths.MODEL_REPOSITORY) -> None:
        self._folder = folder
        self._ports = ports
        self._repository = repository
        self._prefix = f"upwell_{os.getpid()}_{ports.grpc}_"
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
        self._link_backend(server)
        remove_shared_memory()
        self.child = Child(self._command())
        self.child.start()

    def ready(self) -> bool:
        """Ready means that every model is loaded and has run its warm-up."""
        return probe.text(f"http://127.0.0.1:{self._ports.http}/v2/health/ready") is not None

    def wait_ready(self, within_s: float = 120.0) -> None:
        self.child.wait_ready(self.ready, within_s)

    def stop(self) -> None:
        self.child.stop()
        for left in SHARED_MEMORY.glob(f"{self._prefix}*"):
            left.unlink(missing_ok=True)

    def _command(self) -> Command:
        server = paths.TRITON_SERVER
        return Command(
            name="Triton",
            argv=(
                str(server / "pytriton" / "tritonserver" / "bin" / "tritonserver"),
                f"--model-repository={self._repository}",
                f"--backend-directory={self._folder / 'backends'}",
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

    def _link_backend(self, server: Path) -> None:
        """The layout tritonserver wants: the backend's files and this Python's stub side by side."""
        backend = self._folder / "backends" / "python"
        backend.mkdir(parents=True, exist_ok=True)
        stub = server / "python_backend_stubs" / "3.11" / "triton_python_backend_stub"
        for source in (*(server / "backends" / "python").iterdir(), stub):
            link = backend / source.name
            link.unlink(missing_ok=True)
            link.symlink_to(source)


def _python_libraries() -> str:
    """Folder of the models' libpython, which the stub links to."""
    python = paths.TRITON_MODELS / "bin" / "python"
    if not python.exists():
        return ""  # start() says that it is missing
    code = "import sysconfig; print(sysconfig.get_config_var('LIBDIR'))"
    return subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603  a fixed list, no shell


def remove_shared_memory() -> None:
    """Free what a server left in /dev/shm when it was killed: names carry the process id of their launcher."""
    for left in SHARED_MEMORY.glob("upwell_*_*"):
        owner = left.name.split("_")[1]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            left.unlink(missing_ok=True)
