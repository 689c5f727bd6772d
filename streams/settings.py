"""Every setting, frozen, with its unit and its reason. Read from UPWELL_* variables and a TOML file (UPWELL_CONFIG).

Variables win over the file, the file over the defaults. Lists in variables are JSON.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from streams.core.push.quiet_hours import quiet_hours


class Settings(BaseSettings):
    """One frozen object, made once in app.py or cli.py and handed down."""

    model_config = SettingsConfigDict(env_prefix="UPWELL_", frozen=True, extra="forbid")

    # Where things are
    home: Path = Field(Path(".upwell"), description="folder for data, logs and the run's state (path)")
    kafka: str = Field("127.0.0.1:9092", description="bootstrap servers, comma separated (host:port)")
    topic_prefix: str = Field("upwell", description="first part of every topic's name")
    milvus: str = Field("http://127.0.0.1:19530", description="Milvus server (URL)")
    triton: str = Field("127.0.0.1:8001", description="Triton gRPC endpoint (host:port)")
    vector_index: Literal["milvus", "lite", "memory"] = Field("milvus", description="which vector store")
    encoder: Literal["triton", "local", "dummy"] = Field("triton", description="which encoder adapter")

    # Kafka and Faust
    partitions: int = Field(4, ge=1, le=4096, description="partitions of every topic: the ceiling on workers")
    replication: int = Field(1, ge=1, description="replicas of every topic; 3 on a real cluster")
    app_id: str = Field("upwell", description="consumer group and prefix of internal topics")
    store: Literal["rocksdb", "memory"] = Field("rocksdb", description="where table state lives; memory is for tests")
    session_timeout_s: float = Field(10.0, gt=0, description="a dead worker's partitions move after this long (s)")
    commit_interval_s: float = Field(0.5, gt=0, description="how often offsets are committed (s)")
    fetch_wait_ms: int = Field(
        10, ge=1, description="longest poll of a quiet broker, doubled under load (ms); more costs freshness"
    )
    linger_ms: int = Field(0, ge=0, description="producer batching delay (ms)")
    batch_events: int = Field(256, ge=1, description="most behaviour events folded together (events)")
    statistics_batch_events: int = Field(500, ge=1, description="most signals folded together (events)")
    statistics_wait_ms: float = Field(500.0, ge=0, description="longest wait for a signal batch (ms)")
    encode_batch_items: int = Field(16, ge=1, description="most items per encoder call (items)")
    encode_wait_ms: float = Field(20.0, ge=0, description="longest wait for an encode batch to fill (ms)")
    max_event_bytes: int = Field(12 * 1024 * 1024, description="a larger event is dead-lettered (bytes)")
    stalled_after_s: float = Field(30.0, gt=0, description="lag without a commit for this long restarts a worker (s)")

    # Media
    media_roots: tuple[Path, ...] = Field((), description="folders that file references may point into (paths)")
    media_timeout_s: float = Field(5.0, gt=0, description="longest fetch of one medium (s)")
    media_max_bytes: int = Field(32 * 1024 * 1024, description="largest medium (bytes)")
    media_max_pixels: int = Field(50_000_000, description="largest picture (pixels): guards against bombs")
    media_max_seconds: float = Field(60.0, description="how much of a sound or video is read (s)")
    media_allow_private: bool = Field(False, description="allow URLs that resolve to private addresses")

    # Neighbours' deadlines
    encoder_timeout_s: float = Field(10.0, gt=0, description="longest encoder call (s)")
    index_timeout_s: float = Field(0.5, gt=0, description="longest vector search before a list is degraded (s)")
    index_write_timeout_s: float = Field(10.0, gt=0, description="longest vector write before it is retried (s)")

    # Lists
    list_size: int = Field(10, ge=1, le=200, description="places of a list")
    history_size: int = Field(50, ge=1, description="acts a profile keeps in full (acts)")
    interests: int = Field(3, ge=1, description="most interests per user")
    interest_candidates: int = Field(30, ge=1, description="neighbours asked per interest (items)")
    search_reuse_cosine: float = Field(0.985, description="an interest that moved less keeps its last search")
    half_life_s: float = Field(14 * 24 * 3600, gt=0, description="an act counts half after this long (s)")
    trend_half_life_s: float = Field(6 * 3600, gt=0, description="half-life of trending (s)")
    popularity_half_life_s: float = Field(30 * 24 * 3600, gt=0, description="half-life of popularity (s)")
    fresh_items: int = Field(1000, ge=1, description="newest items searched exactly in memory (items)")
    diversity: float = Field(0.25, ge=0, le=1, description="MMR trade-off; 0 = by score alone")
    cap_per_tag: int = Field(4, ge=1, description="most places per first tag")
    cap_of_taste: float = Field(2.0, ge=0, description="a first tag may take so many times its share of the likes")
    cap_per_creator: int = Field(3, ge=1, description="most places per creator")
    exposure_cap: int = Field(3, ge=0, le=20, description="shown so often and ignored, an item rests; 0 = never")
    exposure_window_s: float = Field(3 * 24 * 3600, gt=0, description="within which the exposures are counted (s)")
    exposure_rest_s: float = Field(3 * 24 * 3600, gt=0, description="how long it rests after the last of them (s)")
    rules_file: Path | None = Field(None, description="business rules, read again whenever it changes (TOML file)")
    experiments_file: Path | None = Field(
        None, description="experiments on lists, read again whenever it changes (TOML file)"
    )
    ranker_frozen: bool = Field(False, description="lists are ranked by what was learned so far, nothing more is")
    lean_above: int = Field(
        4, ge=0, description="more lists than this in one batch are made from half as many candidates (0 = never)"
    )
    explore_places: int = Field(0, ge=0, description="least places for items that few have met")
    fresh_places: int = Field(0, ge=0, description="least places for new items")
    fresh_for_s: float = Field(24 * 3600, gt=0, description="how long a published item is new for those places (s)")
    cold_lift: float = Field(0.5, ge=0, le=10, description="added to the score of an item that few have met (nats)")
    catalogue_items: int = Field(500_000, ge=1, description="most items held in each worker's memory (items)")
    future_tolerance_s: float = Field(300.0, ge=0, description="event times later than now plus this are clamped (s)")
    earliest_time: float = Field(631_152_000.0, description="event times before this (1990) are clamped (Unix s)")

    # Push
    push: bool = Field(False, description="push lists for new and newly hot items to users who are away")
    push_cosine: float = Field(0.8, ge=0, le=1, description="least cosine of an item to an interest to be pushed")
    push_users_per_item: int = Field(200, ge=1, le=5000, description="most users an item's news goes to (users)")
    push_items_per_s: float = Field(2.0, gt=0, description="items a worker seeks users for; more at once is an import")
    push_news_s: float = Field(6 * 3600, gt=0, description="how long an item is news (s)")
    push_hot_weight: float = Field(10.0, gt=0, description="least trend of a hot item: likes, decayed as trending is")
    push_hot_times: float = Field(8.0, gt=1, description="how many times its usual trend a hot item has")
    push_user_interval_s: float = Field(6 * 3600, ge=0, description="least time between two pushes to a user (s)")
    push_user_daily: int = Field(2, ge=1, le=48, description="most pushes to a user within 24 hours")
    push_per_s: float = Field(20.0, gt=0, description="most pushes of all workers together (lists/s)")
    push_idle_s: float = Field(600.0, ge=0, description="a user who acted within this time is here: no push (s)")
    push_quiet: str = Field("22:00-08:00", description="nobody is pushed to in these hours; empty = none")
    push_timezone: str = Field("UTC", description="whose clock the quiet hours go by (IANA name)")
    push_refresh_users_per_s: int = Field(200, ge=1, description="users whose interests a worker stores (users/s)")

    # Observation
    web_host: str = Field("127.0.0.1", description="address the worker's HTTP server binds to")
    web_advertised_host: str = Field("", description="host that other workers redirect to; empty = web_host")
    web_port: int = Field(6066, ge=0, description="port of the worker's HTTP server (0 = any free)")
    log_format: Literal["console", "json"] = Field("console", description="log rendering")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level logged")
    log_users: bool = Field(False, description="write user ids in logs (personal data; off by default)")

    @field_validator("push_timezone")
    @classmethod
    def _quiet_hours_are_readable(cls, zone: str, info: ValidationInfo) -> str:
        quiet_hours(info.data.get("push_quiet", ""), zone)
        return zone

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then variables, then the TOML file named by UPWELL_CONFIG (or ./upwell.toml)."""
        toml = TomlConfigSettingsSource(settings_cls, Path(os.environ.get("UPWELL_CONFIG", "upwell.toml")))
        return (init_settings, env_settings, toml)
