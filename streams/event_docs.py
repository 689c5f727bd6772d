"""The generated parts of docs/events.md. `python -m streams.event_docs docs/events.md` brings them up to date."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from encoders.spec import PROBLEM_CODES
from streams.core.actions import WEIGHTS, grade_of
from streams.core.clamp import Clamp
from streams.core.intake import RejectCode
from streams.events import Action
from streams.observe.labels import Agent
from streams.ports.media_fetcher import MediaCode
from streams.schema import INPUTS, PAYLOADS, json_schema
from streams.topics import DAY_MS, SPECS

REJECT_REMEDIES: dict[RejectCode, tuple[str, str]] = {
    RejectCode.TOMBSTONE: ("the value is null", "send an event; to take content away send `operation: delete`"),
    RejectCode.TOO_LARGE: (
        "more bytes than `max_event_bytes`",
        "send media by URL or file instead of inside the event",
    ),
    RejectCode.NOT_JSON: ("the value is no JSON", "send one JSON object per record"),
    RejectCode.NOT_UTF8: ("the value is no UTF-8", "encode as UTF-8"),
    RejectCode.BAD_SURROGATE: ("half of a UTF-16 pair (`\\ud800` alone)", "repair the text where it was cut"),
    RejectCode.WRONG_TYPE: ("a field of the wrong type, or no object", "compare with the schema"),
    RejectCode.MISSING_FIELD: ("a required field is absent", "compare with the schema"),
    RejectCode.UNKNOWN_ACTION: ("a value that is not in the list", "use one of the listed actions or operations"),
    RejectCode.OUT_OF_RANGE: ("a text or number beyond its limits", "compare with the schema"),
    RejectCode.NULL_BYTE: ("an identifier holds `\\u0000`", "use identifiers without null bytes"),
    RejectCode.EMPTY_KEY: ("the record has no key", "set the key given above for the topic"),
    RejectCode.KEY_MISMATCH: ("the key is not the field it must equal", "set the key from the event itself"),
    RejectCode.NO_USABLE_MODALITY: ("nothing of the item could be encoded", "send text, or media that can be read"),
    RejectCode.ENCODER_REFUSED: ("the models fail on this item, tried three times", "look at its media; redrive after"),
    RejectCode.INTERNAL_ERROR: ("a fault of Upwell itself", "report it with the dead letter; redrive after the fix"),
}

CLAMP_WORDS: dict[Clamp, str] = {
    Clamp.TIME_IN_FUTURE: "later than now by more than `future_tolerance_s`: becomes the record's own time",
    Clamp.TIME_TOO_OLD: "before `earliest_time`: becomes `earliest_time`",
    Clamp.TIME_NOT_FINITE: "not a number that is a time: becomes the record's own time",
    Clamp.VALUE_NOT_FINITE: "not a number: the rating counts as one without stars",
    Clamp.VALUE_OUT_OF_RANGE: "a rating outside 0 to 5: becomes the nearest of the two",
}

MEDIA_WORDS: dict[MediaCode, str] = {
    MediaCode.BAD_REFERENCE: "no http(s) URL, no data URI, no path",
    MediaCode.NOT_ALLOWED: "a file outside `media_roots`, or a private address",
    MediaCode.NOT_FOUND: "no such file; 404 or 410",
    MediaCode.REFUSED: "the server refused",
    MediaCode.UNAVAILABLE: "no connection, 429 or 5xx; tried again",
    MediaCode.TIMEOUT: "not there within `media_timeout_s`; tried again",
    MediaCode.TOO_LARGE: "more than `media_max_bytes`",
    MediaCode.TOO_MANY_REDIRECTS: "sent on too often",
}


def topics() -> str:
    rows = [
        (
            f"`{spec.topic}`",
            spec.key,
            f"`{PAYLOADS[spec.topic].__name__}`",
            "in" if spec.topic in INPUTS else "out",
            "last of each key" if spec.retention_ms is None else f"{spec.retention_ms // DAY_MS} d",
            f"{spec.max_message_bytes / 2**20:.0f} MiB",
        )
        for spec in SPECS
    ]
    return _table(("topic", "key", "value", "direction", "kept", "largest"), rows)


def events() -> str:
    document = json_schema()["$defs"]
    return "\n\n".join(_event(name, document[name]) for name in sorted(document) if "properties" in document[name])


def actions() -> str:
    weights = [(f"`{action}`", f"{WEIGHTS[grade_of(action, None)]:+.1f}") for action in Action]
    return _table(("action", "weight"), weights)


def stages() -> str:
    return ", ".join(f"`{agent}`" for agent in Agent)


def rejections() -> str:
    rows = [(f"`{code}`", *REJECT_REMEDIES[code]) for code in RejectCode]
    return _table(("code", "what was found", "what to do"), rows)


def clamps() -> str:
    return _table(("clamp", "what was found, and what becomes of it"), [(f"`{c}`", CLAMP_WORDS[c]) for c in Clamp])


def problems() -> str:
    found = {str(code): MEDIA_WORDS[code] for code in MediaCode} | PROBLEM_CODES
    return _table(("code", "what was found"), [(f"`{code}`", words) for code, words in found.items()])


PARTS: dict[str, Callable[[], str]] = {
    function.__name__: function for function in (topics, events, actions, stages, rejections, clamps, problems)
}


def render(page: str) -> str:
    """The page with the text between `<!-- NAME -->` and `<!-- /NAME -->` made anew for every NAME of PARTS."""
    for name, part in PARTS.items():
        opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
        pattern = f"{re.escape(opening)}.*?{re.escape(closing)}"
        fresh = f"{opening}\n{part()}\n{closing}"
        page, found = re.subn(pattern, lambda _, fresh=fresh: fresh, page, flags=re.DOTALL)  # type: ignore[misc]
        if found != 1:
            raise ValueError(f"the page must hold {opening} … {closing} once, it holds it {found} times")
    return page


def _event(name: str, schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = [
        (f"`{field}`", _type(of), "yes" if field in required else _default(of))
        for field, of in schema["properties"].items()
    ]
    description = schema.get("description", "")
    return f"### {name}\n\n{description}\n\n{_table(('field', 'type', 'required, or default'), rows)}"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        values = json_schema()["$defs"].get(name, {}).get("enum")
        return " or ".join(f"`{value}`" for value in values) if values else f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"text to {_type(schema['additionalProperties'])}"
    if "contentEncoding" in schema:
        return f"bytes ({schema['contentEncoding']})"
    bounds = [f"{mark} {schema[key]}" for key, mark in _BOUNDS if key in schema]
    return " ".join([_WORDS.get(schema.get("type", ""), str(schema.get("type", "any"))), *bounds])


_BOUNDS = (("minLength", "of at least"), ("maxLength", "at most"), ("minimum", "from"), ("maximum", "to"))
_WORDS = {"string": "text", "boolean": "true or false", "integer": "whole number"}


def _default(schema: dict[str, Any]) -> str:
    default = schema.get("default")
    return "none" if default in (None, "", (), [], {}) else f"`{default}`"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        path = Path(argument)
        path.write_text(render(path.read_text(encoding="utf-8")), encoding="utf-8")
