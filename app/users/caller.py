"""The user behind a request, and whether the service is open to them."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from app.core.errors import NotAuthenticated, RoleNotAllowed


@dataclass(frozen=True, slots=True)
class Caller:
    """An existing, not soft-deleted user."""

    user_id: UUID
    fullname: str
    role: str

    @property
    def first_name(self) -> str:
        """The first word of the name, "Kamu" when there is none."""
        words = self.fullname.split()
        return words[0] if words else "Kamu"


def admit(caller: Caller | None, allowed_roles: Collection[str]) -> Caller:
    """The caller, or NotAuthenticated (no such user), or RoleNotAllowed."""
    if caller is None:
        raise NotAuthenticated
    if caller.role not in allowed_roles:
        raise RoleNotAllowed
    return caller
