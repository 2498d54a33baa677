"""What ibtui 0.1.0 reads of a message, by the JSON Schema of its messages in `recorded_0_1_0/schema.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal

from tests.earlier import RECORDED


def misread(by: Literal["client", "engine"], message: Any) -> list[str]:
    """What 0.1.0 could not read of a message, or would read as not said: it wrote every field that it knew.

    `by` is who sends it. Fields that it did not know it passes over.
    """
    schema = json.loads((RECORDED / "schema.json").read_text())[by]
    return list(_misread(schema["is"], message, schema["shapes"], "message"))


_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float, Decimal),
    "boolean": (bool,),
    "null": (type(None),),
}


def _misread(schema: Any, value: Any, shapes: dict[str, Any], at: str) -> Iterator[str]:
    if "$ref" in schema:
        yield from _misread(shapes[schema["$ref"]], value, shapes, at)
    elif "discriminator" in schema and isinstance(value, dict):
        tag = schema["discriminator"]
        shape = tag["mapping"].get(value.get(tag["propertyName"]))
        yield from _misread(shapes[shape], value, shapes, at) if shape else [f"{at}: no kind that it knows"]
    elif "anyOf" in schema:
        tries = [list(_misread(one, value, shapes, at)) for one in schema["anyOf"]]
        yield from max(tries, key=len) if all(tries) else []
    elif "enum" in schema:
        yield from [] if value in schema["enum"] else [f"{at}: {value!r} is not one of {schema['enum']}"]
    elif "type" in schema and not _fits(schema, value):
        yield f"{at}: {value!r} is no {schema['type']}"
    elif isinstance(value, dict):
        for name, inner in schema.get("properties", {}).items():
            yield from _misread(inner, value[name], shapes, f"{at}.{name}") if name in value else [f"{at}: no {name}"]
    elif isinstance(value, list) and "items" in schema:
        for element in value:
            yield from _misread(schema["items"], element, shapes, at)


def _fits(schema: Any, value: Any) -> bool:
    """Whether a value is of the type; decimals travel as numbers."""
    kind = "number" if schema.get("format") == "decimal" else schema["type"]
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
