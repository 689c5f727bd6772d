"""deploy/compose and deploy/kubernetes say the same as the local launcher and the settings.

Docker cannot be relied on where tests run: files are parsed and their variables filled in here; where the client has
the compose plugin, `docker compose config` reads them too.
"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from streams.local.kafka import BrokerPorts
from streams.local.kafka import settings as local_broker
from streams.settings import Settings
from streams.topics import SPECS

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "deploy" / "compose"
KUBERNETES = ROOT / "deploy" / "kubernetes"
# Where a broker listens and what it is called differ by nature.
PLACE = {
    "controller.quorum.voters", "listeners", "advertised.listeners", "listener.security.protocol.map", "log.dirs",
    "heap.opts",
}  # fmt: skip


def variables(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def filled_in(text: str) -> str:
    """`${NAME:-default}` by the values of .env, as compose does it; `$$` is a dollar."""
    values = variables(COMPOSE / ".env")
    text = re.sub(r"\$\{(\w+):-([^}]*)\}", lambda found: values.get(found[1], found[2]), text)
    return text.replace("$$", "$")


def compose(file: str = "compose.yaml") -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(filled_in((COMPOSE / file).read_text(encoding="utf-8")))
    return loaded


def upwell_variables(environment: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in environment.items() if name.startswith("UPWELL_")}


def documents(file: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(file.read_text(encoding="utf-8")) if document]


def has_compose() -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    return subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not has_compose(), reason="this docker client has no compose plugin: the files were only parsed")
@pytest.mark.parametrize("files", [["compose.yaml"], ["compose.yaml", "gpu.yaml"]], ids=["cpu", "gpu"])
def test_docker_compose_takes_the_files(files: list[str]) -> None:
    arguments = [part for file in files for part in ("-f", str(COMPOSE / file))]
    done = subprocess.run(
        ["docker", "compose", *arguments, "config", "-q"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_default_in_the_file_is_the_value_in_env() -> None:
    values = variables(COMPOSE / ".env")
    text = (COMPOSE / "compose.yaml").read_text(encoding="utf-8")
    defaults = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", text))
    assert defaults == values, "someone without .env must get the same system"


def test_kafka_is_the_release_that_runs_locally() -> None:
    pom = ElementTree.parse(ROOT / "deploy" / "local" / "pom.xml").getroot()
    text = " ".join(pom.itertext())
    assert variables(COMPOSE / ".env")["KAFKA_VERSION"] in text.split()


def test_the_broker_is_set_up_as_the_local_one() -> None:
    environment = compose()["services"]["kafka"]["environment"]
    here = {name.removeprefix("KAFKA_").lower().replace("_", "."): str(value) for name, value in environment.items()}
    local = local_broker(1, [BrokerPorts(9092, 9093)], Path("data"))
    assert {k: v for k, v in here.items() if k not in PLACE} == {k: v for k, v in local.items() if k not in PLACE}


def test_the_broker_takes_the_largest_record_of_any_topic() -> None:
    environment = compose()["services"]["kafka"]["environment"]
    assert int(environment["KAFKA_MESSAGE_MAX_BYTES"]) >= max(spec.max_message_bytes for spec in SPECS)


@pytest.mark.parametrize("where", ["compose", "kubernetes"])
def test_every_variable_is_a_setting_with_a_value_it_takes(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if where == "compose":
        given = upwell_variables(compose()["services"]["worker"]["environment"])
    else:
        given = variables(KUBERNETES / "settings.env")
    names = {f"UPWELL_{name.upper()}" for name in Settings.model_fields}
    assert set(given) <= names
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.vector_index == "milvus"
    assert settings.encoder == "triton"
    assert settings.log_format == "json"


def test_topics_are_made_before_workers_start_and_by_the_same_settings() -> None:
    services = compose()["services"]
    assert services["topics"]["environment"] == services["worker"]["environment"]
    assert services["worker"]["depends_on"]["topics"] == {"condition": "service_completed_successfully"}


def test_there_are_no_more_workers_than_partitions() -> None:
    values = variables(COMPOSE / ".env")
    assert int(values["UPWELL_WORKERS"]) <= int(values["UPWELL_PARTITIONS"])


def test_nothing_listens_beyond_this_machine() -> None:
    published = [port for service in compose()["services"].values() for port in service.get("ports", ())]
    assert len(published) >= 6
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_image_is_pinned() -> None:
    for name, service in compose()["services"].items():
        _, _, tag = service["image"].rpartition(":")
        assert tag, name
        assert tag != "latest", name


def test_every_file_that_is_mounted_is_there() -> None:
    mounts = [volume for service in compose()["services"].values() for volume in service.get("volumes", ())]
    sources = [mount.split(":")[0] for mount in mounts if mount.startswith(".")]
    for source in set(sources) - {"./media"}:  # the media folder is the user's
        assert (COMPOSE / source).exists(), source


def test_prometheus_scrapes_what_the_services_are_called() -> None:
    services = compose()["services"]
    jobs = {
        job["job_name"]: job
        for job in yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    }
    assert set(jobs) == {"upwell", "milvus", "triton"}
    assert jobs["upwell"]["dns_sd_configs"][0]["names"] == ["worker"]
    assert str(jobs["upwell"]["dns_sd_configs"][0]["port"]) == services["worker"]["environment"]["UPWELL_WEB_PORT"]
    assert {"worker", "milvus", "triton"} <= set(services)


def test_what_the_images_copy_is_not_ignored() -> None:
    for dockerfile in ("Dockerfile", "Dockerfile.triton"):
        lines = (COMPOSE / dockerfile).read_text(encoding="utf-8").splitlines()
        copied = [source for line in lines if line.startswith("COPY") for source in line.split()[1:-1]]
        allowed = (COMPOSE / f"{dockerfile}.dockerignore").read_text(encoding="utf-8").splitlines()
        assert copied
        for source in copied:
            assert f"!{source}" in allowed, source
            assert (ROOT / source).exists(), source


def test_the_gpu_variant_changes_only_triton_and_names_the_same_onnxruntime() -> None:
    services = compose("gpu.yaml")["services"]
    assert set(services) == {"triton"}
    release = re.search(r"^onnxruntime==(\S+)", (ROOT / "deploy/local/triton-models.lock").read_text(), re.MULTILINE)
    assert release is not None
    assert services["triton"]["build"]["args"]["ONNXRUNTIME"].endswith(f"=={release[1]}")


def test_kubernetes_probes_ask_what_the_worker_answers() -> None:
    kustomization = documents(KUBERNETES / "kustomization.yaml")[0]
    resources = {d["kind"]: d for name in kustomization["resources"] for d in documents(KUBERNETES / name)}
    assert set(resources) == {"Namespace", "Job", "Service", "StatefulSet"}
    pod = resources["StatefulSet"]["spec"]["template"]
    container = pod["spec"]["containers"][0]
    assert container["livenessProbe"]["httpGet"]["path"] == "/health"
    assert container["readinessProbe"]["httpGet"]["path"] == "/ready"
    settings = variables(KUBERNETES / "settings.env")
    port = settings["UPWELL_WEB_PORT"]
    assert str(container["ports"][0]["containerPort"]) == port
    assert pod["metadata"]["annotations"]["prometheus.io/port"] == port
    assert resources["StatefulSet"]["spec"]["serviceName"] == resources["Service"]["metadata"]["name"]
    assert resources["StatefulSet"]["spec"]["replicas"] <= int(settings["UPWELL_PARTITIONS"])


def test_what_the_containers_run_are_verbs_of_the_command() -> None:
    from streams.cli import VERBS

    run = " ".join(str(service.get("command", "")) for service in compose()["services"].values())
    used = set(re.findall(r"upwell'?,? '?(\w+)", run))
    assert used == {"topics", "worker"}
    assert used <= set(VERBS)
