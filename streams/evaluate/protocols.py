"""Which events are learned from and which are tested, and in what order.

Prequential: test, then learn, event by event (Dawid, "Statistical theory: the prequential approach", JRSS A 1984; Gama,
Sebastião & Rodrigues, "On evaluating stream learning algorithms", Machine Learning 2013). The two others are for
comparison with papers; both rank all candidates, none is sampled (Krichene & Rendle, KDD 2020).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Final

from streams.core.surfaces import surface_of
from streams.evaluate.methods.base import Act, Asked
from streams.evaluate.options import Protocol
from streams.evaluate.script import is_sampled
from streams.evaluate.trial import Trial

Tick = Callable[[int], object]
Run = Callable[[Trial, Tick], None]


def prequential(trial: Trial, tick: Tick) -> None:
    """After the warm-up, each success is tested against the list made just before it, then learned. Nothing leaks."""
    options, events = trial.options, trial.facts.events
    warm = int(options.warmup * events)
    for act in trial.acts():
        if act.number >= warm and trial.testable(act) and is_sampled(act.event.user_id, options.sample):
            progress = (act.number - warm) / (events - warm)
            trial.judge(trial.case(_asked(act, act.at), [act.item], progress))
        trial.learn(act)
        tick(act.number + 1)


def time_split(trial: Trial, tick: Tick) -> None:
    """The warm-up is learned, then everything stands still: one list per user, judged by all they came to like later.

    Nothing leaks: popularity and everything else is counted up to the split only.
    """
    options = trial.options
    split = int(options.warmup * trial.facts.events)
    later: defaultdict[int, dict[int, None]] = defaultdict(dict)
    ids: dict[int, str] = {}
    now = trial.facts.first_at
    for act in trial.acts(items_until=split):
        if act.number < split:
            trial.learn(act)
            now = act.at
        elif trial.testable(act) and is_sampled(act.event.user_id, options.sample):
            later[act.user][act.item] = None
            ids[act.user] = act.event.user_id
        tick(act.number + 1)
    for number, (user, rows) in enumerate(later.items()):
        trial.judge(trial.case(Asked(user, ids[user], now), list(rows), number / len(later)))


def leave_one_out(trial: Trial, tick: Tick) -> None:
    """Each user's last success is kept back, all else is learned, then one list per user is judged by it.

    This leaks, as it does in the papers that use it: what others did after the tested act is known when its list is
    made, at the end of the data.
    """
    held = _last_successes(trial)
    kept: list[Act] = []
    for act in trial.acts():
        if held.get(act.user) == act.number:
            kept.append(act)
        else:
            trial.learn(act)
        tick(act.number + 1)
    tested = [act for act in kept if trial.testable(act) and is_sampled(act.event.user_id, trial.options.sample)]
    for number, act in enumerate(tested):
        trial.judge(trial.case(_asked(act, trial.facts.last_at), [act.item], number / len(tested)))


def _asked(act: Act, now: float) -> Asked:
    """The list that the act is a test of: for its user, where it was done."""
    return Asked(act.user, act.event.user_id, now, surface_of(act.event.context))


def _last_successes(trial: Trial) -> dict[int, int]:
    """By user the number of their last success, for users with another event before it."""
    last: dict[int, int] = {}
    seen: set[int] = set()
    for number, (event, positive) in enumerate(trial.script.events()):
        user = trial.facts.users[event.user_id]
        if positive and user in seen:
            last[user] = number
        seen.add(user)
    return last


PROTOCOLS: Final[Mapping[Protocol, Run]] = {
    "prequential": prequential,
    "leave-one-out": leave_one_out,
    "time-split": time_split,
}
LEAKS: Final[Mapping[Protocol, str]] = {
    "prequential": "nothing",
    "leave-one-out": "what others did after a tested act is known to its list, as in the papers that test so",
    "time-split": "nothing: all is counted up to the split only",
}
