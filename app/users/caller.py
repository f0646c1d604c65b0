"""The user behind a request, and whether the service is open to them."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from app.core.errors import MembershipRequired, NotAuthenticated, RoleNotAllowed
from app.users.names import NO_NAME


@dataclass(frozen=True, slots=True)
class Caller:
    """An existing, not soft-deleted user."""

    user_id: UUID
    fullname: str
    role: str
    is_member: bool

    @property
    def first_name(self) -> str:
        """The first word of the name, NO_NAME when there is none."""
        words = self.fullname.split()
        return words[0] if words else NO_NAME


@dataclass(frozen=True, slots=True)
class Admission:
    """To whom the service is open."""

    allowed_roles: Collection[str]
    membership_required: bool = False


def admit(caller: Caller | None, admission: Admission) -> Caller:
    """The caller; raises NotAuthenticated (no such user), RoleNotAllowed, MembershipRequired."""
    if caller is None:
        raise NotAuthenticated
    if caller.role not in admission.allowed_roles:
        raise RoleNotAllowed
    if admission.membership_required and not caller.is_member:
        raise MembershipRequired
    return caller
