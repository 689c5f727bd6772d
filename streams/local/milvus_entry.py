"""Turns into the Milvus server. Runs with the interpreter of Milvus's own environment, standard library only.

The package's own command starts the server as a child, which outlives it when the command is killed, and keeps etcd on
fixed ports. This writes the same configuration, adds ports for etcd, and *becomes* the server, so the process that was
started is the process that must be stopped, and several can run on one machine.

Arguments: the folder of the unpacked binaries, the data folder, and `name=port` for each port.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import milvus  # type: ignore[import-not-found]  # lives in Milvus's own environment only

ETCD = """\
name: default
data-dir: {data}
listen-client-urls: http://127.0.0.1:{client}
advertise-client-urls: http://127.0.0.1:{client}
listen-peer-urls: http://127.0.0.1:{peer}
initial-advertise-peer-urls: http://127.0.0.1:{peer}
initial-cluster: default=http://127.0.0.1:{peer}
initial-cluster-state: new
log-outputs: [{log}]
"""


def main(binaries: Path, folder: Path, ports: dict[str, int]) -> None:
    """Unpack the binaries once, write both configurations, and replace this process by the server."""
    milvus._initialize_data_files(str(binaries))
    if not ports:
        return
    config = milvus.MilvusServerConfig(data_dir=str(folder))
    named = {f"{name}_port": port for name, port in ports.items()}
    for name, port in named.items():
        config.set(name, port)
    # A server that was killed holds its session for this long (s), and the next one waits for it to end.
    config.set("common.session.ttl", 5)
    # Not resolve(): it tries each port without SO_REUSEADDR and so refuses those of a server that has just ended.
    config.resolve_storage()
    config.write_config()
    etcd = folder / "configs" / "etcd.yaml"
    etcd.write_text(
        ETCD.format(
            data=config.get("etcd_data_dir"),
            log=config.get("etcd_log_path"),
            client=named["etcd_port"],
            peer=named["etcd_peer_port"],
        ),
        encoding="utf-8",
    )
    program = binaries / "bin" / "milvus"
    environment = {
        **os.environ,
        "DEPLOY_MODE": "STANDALONE",
        "ETCD_CONFIG_PATH": str(etcd),
        "METRICS_PORT": str(named["metrics_port"]),
        "MILVUS_RUN_DIR": str(folder / "run"),
        "LD_LIBRARY_PATH": str(program.parent),
    }
    os.chdir(folder)
    os.execve(program, [str(program), "run", "standalone"], environment)  # noqa: S606  becoming the server is the point


if __name__ == "__main__":
    pairs = (argument.split("=") for argument in sys.argv[3:])
    main(Path(sys.argv[1]), Path(sys.argv[2]), {name: int(port) for name, port in pairs})
