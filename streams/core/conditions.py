"""Conditions on an item's card, written as people write them: `"film" in tags and attributes.price < 10`.

The syntax is a small part of Python's own, parsed by `ast` and never evaluated by it: names of the card's fields,
`attributes.NAME` (or `attributes["NAME"]`), constants, lists of constants, comparisons, `in`, `and`, `or`, `not`.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final

from streams.core.connectives import joined
from streams.events import ItemCard

Value = Callable[[ItemCard], Any]
Condition = Callable[[ItemCard], bool]

FIELDS: Final = ("item_id", "title", "language", "tags", "creator", "published_at", "expires_at")
MOST_CHARACTERS: Final = 1000
_COMPARED: Final[dict[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}
_ORDERS: Final = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


class ConditionError(ValueError):
    """A condition that cannot be read; the message says where and what would do."""


def condition(text: str) -> Condition:
    """The condition as a function of a card. Raises ConditionError.

    What a card does not have is None: it equals nothing but None, and every comparison of order with it is false, as is
    one between a number and a text.
    """
    if len(text) > MOST_CHARACTERS:
        raise ConditionError(f"a condition has at most {MOST_CHARACTERS} characters, this one has {len(text)}")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ConditionError(f"cannot read {text!r}: {error}") from error
    return joined(tree.body, _condition)


def _condition(node: ast.expr) -> Condition:
    match node:
        case ast.Compare():
            return _comparison(node)
        case ast.Constant(value=bool(constant)):
            return lambda _: constant
    value = _value(node)
    return lambda card: bool(value(card))


def _comparison(node: ast.Compare) -> Condition:
    values = [_value(part) for part in (node.left, *node.comparators)]
    for kind in node.ops:
        if type(kind) not in _COMPARED:
            raise ConditionError(f"{_said(node)}: compare with ==, !=, <, <=, >, >=, in or not in")

    def holds(card: ItemCard) -> bool:
        found = [value(card) for value in values]
        return all(_holds(kind, *pair) for kind, pair in zip(node.ops, pairwise(found), strict=True))

    return holds


def _holds(kind: ast.cmpop, left: Any, right: Any) -> bool:
    if isinstance(kind, _ORDERS) and not _comparable(left, right):
        return False
    if isinstance(kind, ast.In | ast.NotIn):
        if isinstance(right, str) and not isinstance(left, str):
            return isinstance(kind, ast.NotIn)
        if not isinstance(right, str | tuple | list):
            return isinstance(kind, ast.NotIn)
    return _COMPARED[type(kind)](left, right)


def _comparable(left: Any, right: Any) -> bool:
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    return numbers or (isinstance(left, str) and isinstance(right, str))


def _value(node: ast.expr) -> Value:
    match node:
        case ast.Constant(value=str() | int() | float() | bool() | None as constant):
            return lambda _: constant
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return lambda _: -number
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            parts = [_value(element) for element in elements]
            return lambda card: [part(card) for part in parts]
        case ast.Name(id=name) if name in FIELDS:
            return operator.attrgetter(name)
        case (
            ast.Attribute(value=ast.Name(id="attributes"), attr=name)
            | ast.Subscript(value=ast.Name(id="attributes"), slice=ast.Constant(value=str(name)))
        ):
            return lambda card: card.attributes.get(name)
    raise ConditionError(f"{_said(node)}: known are {', '.join(FIELDS)}, attributes.NAME and constants")


def _said(node: ast.expr) -> str:
    return f"cannot use `{ast.unparse(node)}`"
