"""`and`, `or` and `not` of the small expression languages, which differ in what stands between them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import ParamSpec

P = ParamSpec("P")


def joined(node: ast.expr, leaf: Callable[[ast.expr], Callable[P, bool]]) -> Callable[P, bool]:
    """The predicate of a parsed expression; `leaf` reads what is none of the three, and refuses what it cannot read."""
    match node:
        case ast.BoolOp(op=op, values=values):
            parts = [joined(value, leaf) for value in values]
            combine = all if isinstance(op, ast.And) else any
            return lambda *args, **kwargs: combine(part(*args, **kwargs) for part in parts)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = joined(operand, leaf)
            return lambda *args, **kwargs: not inner(*args, **kwargs)
    return leaf(node)
