"""Encoder versions behind Triton: ensembles whose configurations name their versions, loaded and dropped by calls."""

from __future__ import annotations

from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException

from streams.ports.encoder_versions import EncoderVersions, EncoderVersionUnknown
from streams.ports.item_encoder import EncoderUnavailable
from streams.settings import Settings

ENSEMBLE = "item_encoder"  # the default version; item_encoder_N are the versions by number
LOADING_S = 120.0  # loading starts Python processes and runs warm-ups
# gRPC would wait up to two minutes between attempts to reach a server that was away.
CHANNEL = [
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
]


def connect(url: str) -> InferenceServerClient:
    """A client of the running event loop; `url` is host:port of gRPC."""
    return InferenceServerClient(url, channel_args=CHANNEL)


class TritonVersions(EncoderVersions):
    """What one server serves. Its client is made in the event loop of the first call and kept."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.triton
        self._timeout_s = settings.encoder_timeout_s
        self._client: InferenceServerClient | None = None

    async def served(self) -> list[str]:
        try:
            return list(await served_ensembles(self._connected(), self._timeout_s))
        except InferenceServerException as error:
            raise self._unavailable(error) from error

    async def serve(self, version: str) -> None:
        """Versions keep their numbers, so only what was exported since the last load is loaded."""
        client = self._connected()
        try:
            for name in await _ensembles(client, self._timeout_s, ready=False):
                if version in await served_ensembles(client, self._timeout_s):
                    return
                await client.load_model(name, client_timeout=LOADING_S)
            if version not in await served_ensembles(client, self._timeout_s):
                raise EncoderVersionUnknown(
                    f"Triton at {self._url} has no {version} in its model repository: run `python -m encoders export`"
                )
        except InferenceServerException as error:
            raise self._unavailable(error) from error

    async def retire(self, version: str) -> None:
        """The ensemble goes; its aligner stays loaded (it costs some ten megabytes), the towers are shared anyway."""
        client = self._connected()
        try:
            name = (await served_ensembles(client, self._timeout_s)).get(version)
            if name is not None:
                await client.unload_model(name, client_timeout=self._timeout_s)
        except InferenceServerException as error:
            raise self._unavailable(error) from error

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _connected(self) -> InferenceServerClient:
        if self._client is None:
            self._client = connect(self._url)
        return self._client

    def _unavailable(self, error: InferenceServerException) -> EncoderUnavailable:
        return EncoderUnavailable(f"Triton at {self._url} does not do as asked: {error.message()}")


async def served_ensembles(client: InferenceServerClient, timeout_s: float) -> dict[str, str]:
    """Encoder version to the name of the loaded ensemble that serves it."""
    found = {}
    for name in await _ensembles(client, timeout_s, ready=True):
        answer = await client.get_model_config(name, client_timeout=timeout_s)
        found[answer.config.parameters["encoder_version"].string_value] = name
    return found


async def _ensembles(client: InferenceServerClient, timeout_s: float, *, ready: bool) -> list[str]:
    """The numbered ensembles in the server's repository that are loaded (`ready`), or those that are not."""
    index = await client.get_model_repository_index(client_timeout=timeout_s)
    states: dict[str, bool] = {}
    for model in index.models:
        states[model.name] = states.get(model.name, False) or model.state == "READY"
    return sorted(name for name, loaded in states.items() if name.startswith(f"{ENSEMBLE}_") and loaded is ready)
