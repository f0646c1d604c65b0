"""Good answers of the model simulator: made from the request's own schema, always the same."""

import hashlib
import importlib
import json
import random
from collections.abc import Callable, Mapping
from typing import Any

Schema = Mapping[str, Any]

PROSE = (
    "kamu senang menata data dengan teliti lalu menjelaskan hasilnya kepada tim agar "
    "keputusan menjadi jernih dan pekerjaan terasa berarti setiap hari"
)
WORDS = PROSE.split()
FORMATS = {
    "date-time": "2026-11-20T08:00:00Z",
    "date": "2026-11-20",
    "time": "08:00:00Z",
    "duration": "P1D",
    "email": "sim@example.org",
    "hostname": "example.org",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.org/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
DEEP = 8


def schema_answer(body: Mapping[str, Any]) -> object:
    """An answer that satisfies the strict schema of a request; prose when it has none."""
    seed = hashlib.sha256(json.dumps(body.get("messages")).encode()).hexdigest()
    schema = json_schema(body)
    if schema is None:
        return f"Jawaban simulasi {seed[:8]}."
    return _Generator(schema, random.Random(seed)).value(schema)


def json_schema(body: Mapping[str, Any]) -> Schema | None:
    """The schema that a request asks its answer to follow."""
    asked = (body.get("response_format") or {}).get("json_schema") or {}
    schema: Schema | None = asked.get("schema")
    return schema


def purpose_of(body: Mapping[str, Any]) -> str:
    asked = (body.get("response_format") or {}).get("json_schema") or {}
    return str(asked.get("name", "chat"))


class _Generator:
    """Understands what strict mode allows; `allOf`, `not` and conditions it does not."""

    def __init__(self, root: Schema, rng: random.Random) -> None:
        self._root = root
        self._rng = rng

    def value(self, schema: Schema, depth: int = 0) -> Any:
        schema = self._resolve(schema, depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._rng.choice(list(schema["enum"]))
        kinds = schema.get("type", "object" if "properties" in schema else "string")
        kind = kinds if isinstance(kinds, str) else self._kind(kinds, depth)
        make: dict[str, Callable[[Schema, int], Any]] = {
            "object": self._object,
            "array": self._array,
            "string": self._string,
            "integer": self._integer,
            "number": self._number,
            "boolean": lambda _schema, _depth: self._rng.random() < 0.5,
            "null": lambda _schema, _depth: None,
        }
        return make[kind](schema, depth)

    def _kind(self, kinds: list[str], depth: int) -> str:
        return "null" if depth > DEEP and "null" in kinds else kinds[0]

    def _resolve(self, schema: Schema, depth: int) -> Schema:
        while True:
            if "$ref" in schema:
                schema = self._referred(schema["$ref"])
            elif choices := schema.get("anyOf") or schema.get("oneOf"):
                null = [choice for choice in choices if choice.get("type") == "null"]
                schema = null[0] if null and depth > DEEP else choices[0]
            else:
                return schema

    def _referred(self, ref: str) -> Schema:
        found: Any = self._root
        for step in ref.removeprefix("#").strip("/").split("/"):
            found = found[step] if step else found
        schema: Schema = found
        return schema

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        properties = schema.get("properties", {})
        return {name: self.value(part, depth + 1) for name, part in properties.items()}

    def _array(self, schema: Schema, depth: int) -> list[Any]:
        items = self._resolve(schema.get("items", {"type": "string"}), depth)
        least, most = schema.get("minItems", 0), schema.get("maxItems", 10_000)
        keyed = self._one_per_key(items, depth)
        if keyed is not None and least <= len(keyed):
            return keyed[:most]
        length = least if depth > DEEP else min(max(least, 2), most)
        made: list[Any] = []
        for _ in range(200):
            if len(made) >= length:
                break
            value = self.value(items, depth + 1)
            if not schema.get("uniqueItems") or value not in made:
                made.append(value)
        return made

    def _one_per_key(self, items: Schema, depth: int) -> list[Any] | None:
        """One item for each value of the first property with an enum, None without one."""
        for name, part in items.get("properties", {}).items():
            keys = self._resolve(part, depth).get("enum")
            if keys:
                return [{**self.value(items, depth + 1), name: key} for key in keys]
        return None

    def _string(self, schema: Schema, _depth: int) -> str:
        if "pattern" in schema:
            return _matching(schema["pattern"], self._rng)
        if schema.get("format") in FORMATS:
            return FORMATS[schema["format"]]
        least, most = schema.get("minLength", 0), schema.get("maxLength", 10_000)
        text = " ".join(self._rng.choices(WORDS, k=8)).capitalize() + "."
        while len(text) < least:
            text += " " + " ".join(self._rng.choices(WORDS, k=8)).capitalize() + "."
        return text if len(text) <= most else text[:most].rstrip().ljust(least, "a")

    def _bounds(self, schema: Schema, step: float) -> tuple[float, float]:
        low, high = schema.get("minimum"), schema.get("maximum")
        if "exclusiveMinimum" in schema:
            low = schema["exclusiveMinimum"] + step
        if "exclusiveMaximum" in schema:
            high = schema["exclusiveMaximum"] - step
        low = low if low is not None else 0 if high is None else min(0, high)
        return low, (high if high is not None else max(1, low))

    def _integer(self, schema: Schema, _depth: int) -> int:
        step = int(schema.get("multipleOf", 1))
        low, high = self._bounds(schema, 1)
        return step * self._rng.randint(-(-int(low) // step), int(high) // step)

    def _number(self, schema: Schema, depth: int) -> float:
        if "multipleOf" in schema:
            step = schema["multipleOf"]
            low, high = self._bounds(schema, step)
            return float(step * self._rng.randint(round(low / step), int(high / step + 1e-9)))
        low, high = self._bounds(schema, 1e-3)
        return min(high, max(low, round(self._rng.uniform(low, high), 3)))


def _matching(pattern: str, rng: random.Random) -> str:
    """A text for a plain pattern: literals, classes, groups, branches, repeats."""
    # sre_parse by its old name warns; typeshed does not know the new one.
    parser: Any = importlib.import_module("re._parser")
    return "".join(_part(str(op), arg, rng) for op, arg in parser.parse(pattern))


def _part(op: str, arg: Any, rng: random.Random) -> str:
    if op in {"AT", "ANY"}:
        return "a" if op == "ANY" else ""
    if op == "LITERAL":
        return chr(arg)
    if op == "IN":
        return _of_class(str(arg[0][0]), arg[0][1], rng)
    if op in {"SUBPATTERN", "BRANCH"}:
        inner = arg[-1] if op == "SUBPATTERN" else rng.choice(arg[1])
        return "".join(_part(str(o), a, rng) for o, a in inner)
    if op in {"MAX_REPEAT", "MIN_REPEAT"}:
        times = max(arg[0], min(1, int(arg[1])))
        return "".join(_part(str(o), a, rng) for _ in range(times) for o, a in arg[2])
    raise ValueError(f"the simulator cannot make a text for {op}: give it an answer")


def _of_class(op: str, arg: Any, rng: random.Random) -> str:
    if op == "LITERAL":
        return chr(arg)
    if op == "RANGE":
        return chr(rng.randint(*arg))
    known = {"CATEGORY_DIGIT": "7", "CATEGORY_WORD": "a", "CATEGORY_SPACE": " "}
    if op == "CATEGORY" and str(arg) in known:
        return known[str(arg)]
    raise ValueError(f"the simulator cannot make a text for {op}: give it an answer")
