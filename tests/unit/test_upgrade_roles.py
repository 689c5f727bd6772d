"""Which encoder is in use and which stands by."""

from __future__ import annotations

import math
import time

from encoders.dummy import VERSION
from streams.adapters.dummy_encoder import DummyItemEncoder
from streams.upgrade.roles import Roles


class Closing(DummyItemEncoder):
    closed = False

    async def close(self) -> None:
        self.closed = True


def versions(roles: Roles) -> tuple[str, ...]:
    return roles.versions


async def test_a_change_swaps_the_encoders_and_makes_no_new_ones() -> None:
    made: list[Closing] = []

    def make(version: str | None) -> Closing:
        made.append(Closing(version))
        return made[-1]

    roles = Roles(make)
    assert versions(roles) == (VERSION,)
    roles.assign(VERSION, "dummy-next")
    assert versions(roles) == (VERSION, "dummy-next")
    roles.assign("dummy-next", VERSION)
    assert versions(roles) == ("dummy-next", VERSION)
    assert len(made) == 2
    await roles.close()
    assert all(one.closed for one in made)


async def test_an_encoder_without_a_role_is_closed_once_no_batch_can_be_with_it() -> None:
    roles = Roles(Closing)
    roles.assign(VERSION, "dummy-next")
    standby = roles.standby
    assert isinstance(standby, Closing)
    roles.assign(VERSION, None)
    await roles.close_retired(time.monotonic())
    assert not standby.closed
    await roles.close_retired(math.inf)
    assert standby.closed
