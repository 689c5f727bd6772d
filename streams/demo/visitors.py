"""Simulated visitors: hidden tastes over tags, and what a person with such tastes does with a list. Pure and seeded.

They exist so that a catalogue without behaviour can be tried. Nothing they do is evidence about people: every event
they make says so (`simulated-…` as user, `"simulated": true` in the context). The click model is the usual product of
being seen and being liked (position-based model: Richardson et al. 2007, "Predicting Clicks").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from streams.events import Action, BehaviourEvent

PREFIX = "simulated-"
CONTEXT: Mapping[str, bool] = {"simulated": True}
MIN_TAG_ITEMS = 4  # a rarer tag is no taste: there would be too little to like
LOVED, DISLIKED = (2, 3), (1, 2)  # how many tags of each kind a visitor has (least, most)
STAY = 0.85  # chance of looking at the next place of a list
CURIOUS = 0.04  # chance of a click on what one has no taste for
SEARCH = 0.3  # chance of looking elsewhere when the list held nothing to click
BROWSE_TRIES = 12  # how many items one looks over when there is no list


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as a visitor sees it: its id and its tags."""

    item_id: str
    tags: tuple[str, ...]


@dataclass(slots=True)
class Visitor:
    """One simulated visitor. `tastes` maps a tag to -1 (disliked) … 1 (loved); `activity` is the weight of its turn."""

    user_id: str
    tastes: Mapping[str, float]
    activity: float
    done: set[str] = field(default_factory=set)
    visits: int = 0

    def affinity(self, tags: Sequence[str]) -> float:
        """How much the visitor likes something with these tags, -1 … 1: the strongest feeling about any of them."""
        return max((self.tastes.get(tag, 0.0) for tag in tags), key=abs, default=0.0)


def make_visitors(count: int, items: Sequence[Shown], seed: int) -> list[Visitor]:
    """`count` visitors with tastes over the commoner tags of `items`; equal seeds give equal visitors."""
    random = Random(seed)
    uses = Counter(tag for item in items for tag in dict.fromkeys(item.tags))
    tags = sorted(tag for tag, used in uses.items() if used >= MIN_TAG_ITEMS) or sorted(uses)
    visitors = []
    for number in range(1, count + 1):
        chosen = random.sample(tags, min(len(tags), random.randint(*LOVED) + random.randint(*DISLIKED)))
        disliked = min(len(chosen) // 2, random.randint(*DISLIKED))
        tastes = {tag: -random.uniform(0.5, 1.0) for tag in chosen[:disliked]}
        tastes |= {tag: random.uniform(0.6, 1.0) for tag in chosen[disliked:]}
        # Few visit often and many rarely, as on any site: Zipf's law with exponent 0.7.
        visitors.append(Visitor(f"{PREFIX}{number:03d}", tastes, number**-0.7))
    return visitors


def choose_visitor(visitors: Sequence[Visitor], random: Random) -> Visitor:
    """Whose turn it is, in proportion to activity."""
    return random.choices(visitors, [visitor.activity for visitor in visitors])[0]


def visit(
    visitor: Visitor, pushed: Sequence[Shown], catalogue: Sequence[Shown], random: Random
) -> list[tuple[Action, str]]:
    """What the visitor does in one visit, in order.

    With a pushed list: goes down the list, and each place looked at is an impression, then perhaps a click (and a like)
    or a hide. Without one, or with nothing in it to like: looks for something in the catalogue.
    """
    acts: list[tuple[Action, str]] = []
    visitor.visits += 1
    for item in pushed:
        acts.append((Action.IMPRESSION, item.item_id))
        acts.extend(_reaction(visitor, item, random))
        if random.random() > STAY:
            break
    if any(action is Action.CLICK for action, _ in acts) or (pushed and random.random() > SEARCH):
        return acts
    seen = random.sample(catalogue, min(len(catalogue), BROWSE_TRIES))
    new = [item for item in seen if item.item_id not in visitor.done]
    if new:
        best = max(new, key=lambda item: visitor.affinity(item.tags))
        visitor.done.add(best.item_id)
        acts.append((Action.CLICK, best.item_id))
        if random.random() < 0.5 * visitor.affinity(best.tags):
            acts.append((Action.LIKE, best.item_id))
    return acts


def _reaction(visitor: Visitor, item: Shown, random: Random) -> Iterator[tuple[Action, str]]:
    liking = visitor.affinity(item.tags)
    if item.item_id in visitor.done:
        return
    if random.random() < max(CURIOUS, 0.6 * liking):
        visitor.done.add(item.item_id)
        yield Action.CLICK, item.item_id
        if random.random() < 0.5 * liking:
            yield Action.LIKE, item.item_id
    elif random.random() < -0.25 * liking:
        visitor.done.add(item.item_id)
        yield Action.HIDE, item.item_id


def simulate(
    items: Sequence[Shown], *, visitors: int, events: int, seed: int, start: float, every_s: float = 60.0
) -> list[BehaviourEvent]:
    """`events` acts by visitors who see no lists, one visit each `every_s` seconds.

    Fewer when everybody has seen everything. Times start at `start` (Unix s) and do not fall.
    """
    random = Random(seed)
    people = make_visitors(visitors, items, seed)
    made: list[BehaviourEvent] = []
    idle, number = 0, 0
    while len(made) < events and idle < 50 * max(1, visitors):
        visitor = choose_visitor(people, random)
        acts = visit(visitor, (), items, random)
        idle = 0 if acts else idle + 1
        number += 1
        at = start + number * every_s
        made.extend(to_events(visitor, acts, at, seed))
    return made[:events]


def to_events(
    visitor: Visitor, acts: Sequence[tuple[Action, str]], at: float, seed: int, spacing_s: float = 0.001
) -> list[BehaviourEvent]:
    """The acts of one visit as wire events, `spacing_s` apart from `at` on (Unix s), labelled simulated."""
    session = f"{visitor.user_id}-{seed}-{visitor.visits}"
    return [
        BehaviourEvent(
            event_id=f"{session}-{place}",
            user_id=visitor.user_id,
            item_id=item_id,
            action=action,
            occurred_at=at + place * spacing_s,
            session_id=session,
            context=dict(CONTEXT),
        )
        for place, (action, item_id) in enumerate(acts)
    ]
