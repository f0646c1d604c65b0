"""Which objects were deleted on the way, also by a request that names none of them."""

from typing import Any


class Gone:
    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._gone: set[str] = set()

    def notice(self, method: str, names: dict[str, Any], status: int, answer: Any) -> None:
        """A request with these path parameters, and its answer."""
        if method == "POST" and status in {200, 201} and isinstance(answer, dict):
            self._seen |= {value for value in answer.values() if isinstance(value, str)}
        elif method == "DELETE" and status == 200:
            self._gone |= {str(name) for name in names.values()} if names else self._seen

    def has(self, names: dict[str, Any]) -> bool:
        return any(str(name) in self._gone for name in names.values())
