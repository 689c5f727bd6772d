"""What rests depends on what was shown and when, not on the order in which it was told."""

from __future__ import annotations

from random import Random

from core_builders import NOW, event, folded
from hypothesis import given
from hypothesis import strategies as st

from streams.core.exposure import resting
from streams.core.hashing import item_hash
from streams.core.tuning import DAY_S, Tuning
from streams.events import Action

TUNING = Tuning()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 10 * 24 * 3600)), max_size=30), st.randoms())
def test_the_order_in_which_exposures_arrive_changes_nothing(views: list[tuple[int, int]], random: Random) -> None:
    events = [event(f"e{n}", f"i{item}", Action.IMPRESSION, at=NOW + s) for n, (item, s) in enumerate(views)]
    mixed = list(events)
    random.shuffle(mixed)
    now = NOW + 6 * DAY_S
    one, other = (sorted(resting(folded(order), now, TUNING).tolist()) for order in (events, mixed))
    assert one == other
    for item in range(4):
        times = sorted(s for of, s in views if of == item)
        within = (times[n + 2] for n in range(len(times) - 2) if times[n + 2] - times[n] <= TUNING.exposure_window_s)
        until = max(within, default=-(10**9)) + TUNING.exposure_rest_s
        assert (item_hash(f"i{item}") in one) is (now < NOW + until)
