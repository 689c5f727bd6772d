"""What the team that runs the catalogue wants shown: rules that block, boost, bury or pin items, per surface.

A rule names the items it means by a condition on their cards (conditions.py) or by id. Rules never bring back what a
user had or refused, and an item that no source proposed is brought by a pin alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.core.conditions import Condition, ConditionError, condition
from streams.core.rows import Rows
from streams.events import Identifier, ItemCard

Cards = Callable[[int], ItemCard | None]


class BusinessRulesError(ValueError):
    """A rule file that cannot be used; the message names the rule and what to mend."""


class Deed(StrEnum):
    """What a rule does with the items it means."""

    BLOCK = "block"  # never shown
    ONLY = "only"  # nothing else is shown
    BOOST = "boost"  # `by` is added to the score, whose unit is about one standard deviation of a feature
    BURY = "bury"  # `by` is taken from it
    PIN = "pin"  # shown at `place`, if the user may see it


class BusinessRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule. It holds on the named surfaces (none named: on all), from `since` until before `until`."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    do: Deed
    where: str = ""
    items: tuple[Identifier, ...] = ()
    surfaces: tuple[str, ...] = ()
    by: Annotated[float, msgspec.Meta(gt=0, le=100)] = 1.0
    place: Annotated[int, msgspec.Meta(ge=1, le=200)] = 1
    since: datetime | None = None
    until: datetime | None = None


class RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole TOML file: `[[rule]]` tables, in order."""

    rule: tuple[BusinessRule, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """A rule made ready: whether it means an item."""

    rule: BusinessRule
    means: Condition

    def holds(self, surface: str, now: float) -> bool:
        rule = self.rule
        if rule.surfaces and surface not in rule.surfaces:
            return False
        since = rule.since is None or rule.since.timestamp() <= now
        return since and (rule.until is None or now < rule.until.timestamp())


@dataclass(frozen=True, slots=True)
class Verdict:
    """On one item: `blocked_by` names the rule that forbids it ("" = none), `lift` is added to its score."""

    blocked_by: str
    lift: float


@dataclass(frozen=True, slots=True)
class Standing:
    """The rules that hold on a surface at a time. Verdicts are kept for as long as an item's card stays the same."""

    rules: tuple[_Read, ...]
    _verdicts: dict[int, tuple[ItemCard, Verdict]] = field(default_factory=dict)

    @property
    def pins(self) -> list[tuple[int, str]]:
        """(place from 1, item id), in the order of the file."""
        return [(one.rule.place, item) for one in self.rules if one.rule.do is Deed.PIN for item in one.rule.items]

    def verdict(self, row: int, card: ItemCard) -> Verdict:
        known = self._verdicts.get(row)
        if known is not None and known[0] is card:
            return known[1]
        made = _judged(self.rules, card)
        self._verdicts[row] = card, made
        return made

    def fine(self, rows: Rows, card_of: Cards) -> NDArray[np.bool_]:
        """bool[n], for live rows: not blocked."""
        return np.array([not one.blocked_by for one in self._on(rows, card_of)], dtype=np.bool_)

    def lifts(self, rows: Rows, card_of: Cards) -> NDArray[np.float32]:
        """float32[n], for live rows: what is added to the scores."""
        return np.array([one.lift for one in self._on(rows, card_of)], dtype=np.float32)

    def _on(self, rows: Rows, card_of: Cards) -> list[Verdict]:
        cards = [(row, card_of(row)) for row in rows.tolist()]
        return [Verdict("", 0.0) if card is None else self.verdict(row, card) for row, card in cards]


class BusinessRules:
    """The rules in force; `replace` puts others in their place, for the lists made from then on."""

    def __init__(self, rules: Sequence[BusinessRule] = ()) -> None:
        self.replace(rules)

    def replace(self, rules: Sequence[BusinessRule]) -> None:
        """Raises BusinessRulesError, and then the old ones stay."""
        read = tuple(map(_read, rules))
        names = [one.rule.name for one in read]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise BusinessRulesError(f"two rules are called {twice[0]!r}: names tell rules apart in explanations")
        self._read = read
        self._standing: dict[tuple[int, ...], Standing] = {}

    def __len__(self) -> int:
        return len(self._read)

    def on(self, surface: str, now: float) -> Standing | None:
        """Those that hold on a surface now; None where none does."""
        if not self._read:
            return None
        holding = tuple(at for at, one in enumerate(self._read) if one.holds(surface, now))
        if not holding:
            return None
        standing = self._standing.get(holding)
        if standing is None:
            standing = self._standing[holding] = Standing(tuple(self._read[at] for at in holding))
        return standing


def read_rules(text: str) -> tuple[BusinessRule, ...]:
    """The rules of a TOML file's text. Raises BusinessRulesError."""
    try:
        rules = msgspec.toml.decode(text, type=RuleFile).rule
    except msgspec.DecodeError as error:  # ValidationError is one
        raise BusinessRulesError(f"{error}; see docs/operations.md for an example") from error
    BusinessRules(rules)
    return rules


def _read(rule: BusinessRule) -> _Read:
    if rule.do is Deed.PIN and (not rule.items or rule.where):
        raise BusinessRulesError(f"rule {rule.name!r}: a pin names its items by `items = [...]` alone")
    if not rule.where and not rule.items:
        raise BusinessRulesError(f"rule {rule.name!r}: say which items it means, by `where` or `items`")
    for name, moment in (("since", rule.since), ("until", rule.until)):
        if moment is not None and moment.tzinfo is None:
            raise BusinessRulesError(f"rule {rule.name!r}: `{name}` needs a time zone, as in 2026-06-01T00:00:00Z")
    try:
        holds = condition(rule.where) if rule.where else None
    except ConditionError as error:
        raise BusinessRulesError(f"rule {rule.name!r}: {error}") from error
    named = frozenset(rule.items)
    return _Read(rule, lambda card: card.item_id in named or (holds is not None and holds(card)))


def _judged(rules: Sequence[_Read], card: ItemCard) -> Verdict:
    lift = 0.0
    for one in rules:
        rule = one.rule
        if rule.do is Deed.PIN:
            continue
        meant = one.means(card)
        if (rule.do is Deed.BLOCK and meant) or (rule.do is Deed.ONLY and not meant):
            return Verdict(rule.name, 0.0)
        if meant and rule.do in (Deed.BOOST, Deed.BURY):
            lift += rule.by if rule.do is Deed.BOOST else -rule.by
    return Verdict("", lift)
