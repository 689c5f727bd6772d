"""`--positive`: which acts count as a success, as an expression over action and value.

    rating>=4.5      like or purchase      rating>=4 and not hide      4 <= rating < 5      action in (like, save)

The name of an action alone means that the act is one; compared with a number, it means that it is one and that its
value compares so (an act without a value never does). `value` is the value of any act, `action` its name. The grammar
is that of Python's own expressions, read by `ast` and cut down to these; nothing is ever executed.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable

from streams.core.connectives import joined
from streams.events import Action

Predicate = Callable[[Action, float | None], bool]

_NUMBERS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
_NAMES = {action.value for action in Action}
_LONGEST = 500


class ExpressionError(ValueError):
    """The text is no such expression; the message says where."""


def parsed(text: str) -> Predicate:
    """The predicate that `text` describes. Raises ExpressionError."""
    if len(text) > _LONGEST:
        raise ExpressionError(f"longer than {_LONGEST} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ExpressionError(f"{text!r} is no expression such as rating>=4.5: {error}") from error
    return joined(tree.body, _condition)


def _condition(node: ast.expr) -> Predicate:
    match node:
        case ast.Name(id=name) if name in _NAMES:
            return lambda action, _: action.value == name
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            sides = [left, *comparators]
            links = [_comparison(*link) for link in zip(sides, ops, comparators, strict=False)]
            return lambda action, value: all(link(action, value) for link in links)
    raise _wrong(node)


def _comparison(left: ast.expr, op: ast.cmpop, right: ast.expr) -> Predicate:
    if isinstance(left, ast.Name) and left.id == "action":
        return _of_action(op, right)
    if _number(left) is not None:  # 4 <= rating reads as rating >= 4
        left, right, op = right, left, _FLIPPED.get(type(op), type(op))()
    limit, holds = _number(right), _NUMBERS.get(type(op))
    if limit is None or holds is None or not isinstance(left, ast.Name) or left.id not in {"value", *_NAMES}:
        raise _wrong(left if limit is not None else right)
    name, bound, compare = left.id, limit, holds
    return lambda action, value: value is not None and name in {"value", action.value} and compare(value, bound)


def _of_action(op: ast.cmpop, right: ast.expr) -> Predicate:
    nodes = right.elts if isinstance(right, ast.Tuple | ast.List | ast.Set) else [right]
    names = {node.id if isinstance(node, ast.Name) else _text(node) for node in nodes}
    if unknown := names - _NAMES:
        raise ExpressionError(f"no such action: {', '.join(sorted(unknown))}; there are {', '.join(sorted(_NAMES))}")
    match op:
        case ast.Eq() | ast.In():
            return lambda action, _: action.value in names
        case ast.NotEq() | ast.NotIn():
            return lambda action, _: action.value not in names
    raise ExpressionError("action is compared with ==, !=, in or not in")


def _number(node: ast.expr) -> float | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand)
        return None if inner is None else -inner
    is_number = isinstance(node, ast.Constant) and type(node.value) in {int, float}
    return float(node.value) if isinstance(node, ast.Constant) and is_number else None  # type: ignore[arg-type]  # is one


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ast.unparse(node)


def _wrong(node: ast.expr) -> ExpressionError:
    return ExpressionError(
        f"{ast.unparse(node)!r} means nothing here: write actions ({', '.join(sorted(_NAMES))}), `value` or `action`, "
        "compared with numbers, joined by and, or, not"
    )
