"""What the machine itself must have, and how to get it: Python 3.11, a JDK and Maven."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

OLDEST_JAVA = 17


class SetupError(Exception):
    """One line: what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something that is missing, and the Debian package that has it."""

    what: str
    package: str


def check_python() -> None:
    """Raises SetupError on another Python or kind of machine than the parts are built for."""
    if sys.version_info[:2] != (3, 11):
        found = platform.python_version()
        raise SetupError(f"Python 3.11 is needed and this is {found}; install python3.11 or run `make PYTHON=...`")
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise SetupError(f"Milvus and Triton come for Linux on x86-64 only; this is {platform.platform()}")


def missing() -> list[Need]:
    """What has to be installed on the machine first."""
    found: list[Need] = []
    if importlib.util.find_spec("ensurepip") is None:
        found.append(Need("Python's venv module", "python3.11-venv"))
    if not _has_libpython():
        found.append(Need("Python's shared library (for Triton's models)", "libpython3.11"))
    version = java_version()
    if version is None or version < OLDEST_JAVA:
        have = "no java on PATH" if version is None else f"java is {version}"
        found.append(Need(f"a JDK {OLDEST_JAVA} or newer ({have})", "openjdk-17-jdk-headless"))
    if shutil.which("mvn") is None:
        found.append(Need("Maven", "maven"))
    return found


def supply(needs: Sequence[Need]) -> None:
    """Install what is missing where we may (root, Debian); otherwise raise SetupError that names it all."""
    if not needs:
        return
    words = ", ".join(need.what for need in needs)
    packages = [need.package for need in needs]
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise SetupError(f"missing: {words}; install it, on Debian: sudo apt-get install {' '.join(packages)}")
    print(f"setup: missing: {words}; installing {' '.join(packages)}", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([apt, "update", "-qq"], check=True, env=quiet)  # noqa: S603  a fixed list, no shell
    subprocess.run(  # noqa: S603  a fixed list, no shell
        [apt, "install", "-qq", "-y", "--no-install-recommends", *packages], check=True, env=quiet
    )
    if left := missing():
        raise SetupError(f"still missing after apt-get install: {', '.join(need.what for need in left)}")


def java_version() -> int | None:
    """Major version of the `java` on PATH."""
    java = shutil.which("java")
    if java is None:
        return None
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603  no shell
    return parse_java_version(said)


def parse_java_version(said: str) -> int | None:
    """Major version from `java -version`: `"17.0.15"` is 17, `"1.8.0_392"` is 8."""
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found.group(1)) if found else None


def _has_libpython() -> bool:
    name = "libpython3.11.so.1.0"
    folders = (sysconfig.get_config_var("LIBDIR"), f"/usr/lib/{sysconfig.get_config_var('MULTIARCH')}")
    return any(Path(str(folder), name).exists() for folder in folders)
