"""From one encoder version to the next: the command, and how far it has come."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from streams.events.identifiers import Identifier


class UpgradeOptions(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an upgrade is to be done. `items_per_s` bounds the filling; `shadow_share` of the lists are made twice for
    `shadow_s` seconds before the change; with `hold` it waits there, and also when the new version could not encode
    more than `max_refused` of the items; the old version is kept for `keep_s` seconds.
    """

    items_per_s: Annotated[float, msgspec.Meta(gt=0)] = 50.0
    shadow_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.1
    shadow_s: Annotated[float, msgspec.Meta(ge=0)] = 60.0
    keep_s: Annotated[float, msgspec.Meta(ge=0)] = 24 * 3600.0
    hold: bool = False
    max_refused: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.01


class EncoderOperation(StrEnum):
    """What is asked of the encoders' coordinator."""

    UPGRADE = "upgrade"
    ROLLBACK = "rollback"
    RETIRE = "retire"  # stop keeping the version before


class EncoderCommand(msgspec.Struct, frozen=True, omit_defaults=True):
    """Asks for another encoder version, for the one before, or to drop that (topic encoder-commands, key stream)."""

    stream: Identifier
    command_id: Identifier
    operation: EncoderOperation
    requested_at: float
    version: str | None = None
    options: UpgradeOptions = UpgradeOptions()


class EncoderPhase(StrEnum):
    """Where a stream stands between two encoder versions."""

    STEADY = "steady"  # one version
    PREPARING = "preparing"  # the standby is being loaded
    FILLING = "filling"  # the standby's vectors are being made; new content gets both
    SHADOWING = "shadowing"  # the standby is complete; some lists are made twice and compared
    KEPT = "kept"  # the standby is the version before, ready to go back to
    RETIRING = "retiring"  # the standby's vectors are being deleted


class EncoderState(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which encoder version lists are made with, and how far an upgrade is (topic encoders, key stream).

    `items` are those of the catalogue, `filled` those with a vector of both versions, `refused` those the standby
    cannot encode. `vectors_ends`: a worker changes to `active` once it has read `vectors` up to there. `problem` says
    what keeps an upgrade from going on, or ended it. `commands` are the ids of the last commands, newest last;
    `refusal` says why the newest was not followed. Times: Unix s.
    """

    stream: Identifier
    revision: int
    active: str
    phase: EncoderPhase
    since: float
    standby: str | None = None
    options: UpgradeOptions = UpgradeOptions()
    items: int = 0
    filled: int = 0
    refused: int = 0
    eta_s: float | None = None
    changed_at: float | None = None
    keep_until: float | None = None
    vectors_ends: dict[str, int] = {}
    problem: str = ""
    commands: tuple[str, ...] = ()
    refusal: str = ""
