"""Which objects were deleted on the way, also by a request that names none of them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID


class Gone:
    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._gone: set[str] = set()

    def notice(self, method: str, names: dict[str, Any], status: int, answer: Any) -> None:
        """A request with these path parameters, and its answer."""
        if method == "POST" and status in {200, 201} and isinstance(answer, dict):
            self._seen |= canonical(value for value in answer.values() if isinstance(value, str))
        elif method == "DELETE" and status == 200:
            self._gone |= canonical(names.values()) if names else self._seen

    def has(self, names: dict[str, Any]) -> bool:
        return not self._gone.isdisjoint(canonical(names.values()))


def canonical(names: Iterable[Any]) -> set[str]:
    """A UUID has several spellings."""
    return {_canonical(str(name)) for name in names}


def _canonical(name: str) -> str:
    try:
        return str(UUID(name))
    except ValueError:
        return name
