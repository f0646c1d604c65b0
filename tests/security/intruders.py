"""Everybody who should not get in, with the headers they bring."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from tests.support import forged_tokens as forge
from tests.support.access import Headers

KEY = "kunci-antar-layanan-0123456789-abcdef"


def bearer(token: str) -> Headers:
    return [("Authorization", f"Bearer {token}")]


def gateway(user: UUID, *keys: str) -> Headers:
    return [("X-User-Id", str(user)), *(("X-Internal-Key", key) for key in keys)]


MakeHeaders = Callable[[UUID], Headers]
NOBODY, ROLE, MEMBER = "not_authenticated", "role_not_allowed", "membership_required"
STRANGER = "reads as absent"
STATUS = {NOBODY: 401, ROLE: 403, MEMBER: 403}


@dataclass(frozen=True, slots=True)
class Intruder:
    """Says to be `who` and asks for what `who` owns; a stranger says to be themselves."""

    headers: MakeHeaders
    house: str = "jwt"
    who: str = "owner"
    refusal: str = NOBODY


def by_token(make: Callable[[UUID], str], house: str = "jwt") -> Intruder:
    return Intruder(lambda user: bearer(make(user)), house)


INTRUDERS: Mapping[str, Intruder] = {
    "anonymous": Intruder(lambda _: []),
    "another scheme": Intruder(lambda u: [("Authorization", f"Basic {forge.token_of(u)}")]),
    "no scheme": Intruder(lambda u: [("Authorization", forge.token_of(u))]),
    "only the scheme": Intruder(lambda _: [("Authorization", "Bearer ")]),
    "garbage": by_token(lambda _: "abc"),
    "garbage in three parts": by_token(lambda _: "a.b.c"),
    "deep header": by_token(lambda _: forge.with_header(forge.DEEP_ARRAY)),
    "deep object header": by_token(lambda _: forge.with_header(forge.DEEP_OBJECT)),
    "huge number in the header": by_token(lambda _: forge.with_header(forge.HUGE_NUMBER)),
    "very long": by_token(lambda u: forge.token_of(u, padding="a" * 20_000)),
    "expired": by_token(forge.expired),
    "not yet": by_token(forge.not_yet),
    "without exp": by_token(lambda u: forge.token_of(u, exp=None)),
    "exp a word": by_token(lambda u: forge.signed_by_hand(forge.SECRET, sub=str(u), exp="besok")),
    "wrong signature": by_token(lambda u: forge.token_of(u, key=forge.OTHER_SECRET)),
    "changed claims": by_token(forge.with_other_claims),
    "alg none": by_token(lambda u: forge.unsigned(u, "none")),
    "alg None": by_token(lambda u: forge.unsigned(u, "None")),
    "unsigned HS256": by_token(lambda u: forge.unsigned(u, "HS256")),
    "HS512": by_token(lambda u: forge.token_of(u, key=forge.SECRET * 2, algorithm="HS512")),
    "RS256 where HS256 is configured": by_token(forge.by_rsa),
    "without user": by_token(lambda u: forge.token_of(u, sub=None)),
    "user no UUID": by_token(lambda u: forge.token_of(u, sub="1 OR 1=1")),
    "user a number": by_token(lambda _: forge.signed_by_hand(forge.SECRET, sub=7)),
    "unknown user": by_token(lambda _: forge.token_of(uuid4())),
    "two tokens": Intruder(lambda u: bearer("abc") + bearer(forge.token_of(u))),
    "two tokens, good first": Intruder(lambda u: bearer(forge.token_of(u)) + bearer("abc")),
    "in a cookie": Intruder(lambda u: [("Cookie", f"access_token={forge.token_of(u)}")]),
    "forged X-User-Id": Intruder(lambda u: [("X-User-Id", str(u))]),
    "gateway's headers in jwt mode": Intruder(lambda u: gateway(u, KEY)),
    "wrong issuer": by_token(lambda u: forge.token_of(u, iss="lain", aud="kenali"), "claims"),
    "no issuer": by_token(lambda u: forge.token_of(u, aud="kenali"), "claims"),
    "wrong audience": by_token(lambda u: forge.token_of(u, iss="login", aud="lain"), "claims"),
    "no audience": by_token(lambda u: forge.token_of(u, iss="login"), "claims"),
    "public key as a secret": by_token(
        lambda u: forge.signed_by_hand(forge.PUBLIC_PEM, sub=str(u)), "rs256"
    ),
    "another private key": by_token(lambda u: forge.by_rsa(u, forge.OTHER_RSA_KEY), "rs256"),
    "PS256": by_token(lambda u: forge.by_rsa(u, algorithm="PS256"), "rs256"),
    "HS256 where RS256 is configured": by_token(forge.token_of, "rs256"),
    "gateway without a key": Intruder(gateway, "gateway"),
    "gateway with a wrong key": Intruder(lambda u: gateway(u, KEY[:-1] + "x"), "gateway"),
    "gateway with an empty key": Intruder(lambda u: gateway(u, ""), "gateway"),
    "gateway with two keys": Intruder(lambda u: gateway(u, KEY, "x"), "gateway"),
    "gateway with two users": Intruder(
        lambda u: [*gateway(u, KEY), ("X-User-Id", str(uuid4()))], "gateway"
    ),
    "gateway without a user": Intruder(lambda _: [("X-Internal-Key", KEY)], "gateway"),
    "gateway with an unknown user": Intruder(lambda _: gateway(uuid4(), KEY), "gateway"),
    "a JWT in gateway mode": by_token(forge.token_of, "gateway"),
    "soft-deleted": Intruder(lambda u: bearer(forge.token_of(u)), who="gone"),
    "soft-deleted by gateway": Intruder(lambda u: gateway(u, KEY), "gateway", "gone"),
    "wrong role": Intruder(lambda u: bearer(forge.token_of(u)), who="admin", refusal=ROLE),
    "role in small letters": Intruder(
        lambda u: bearer(forge.token_of(u)), who="small", refusal=ROLE
    ),
    "membership missing": Intruder(lambda u: bearer(forge.token_of(u)), "members", refusal=MEMBER),
    "other user": Intruder(lambda u: bearer(forge.token_of(u)), refusal=STRANGER),
    "other user, forged X-User-Id": Intruder(
        lambda u: [*bearer(forge.token_of(u)), ("X-User-Id", "{owner}")], refusal=STRANGER
    ),
    "other user by gateway": Intruder(lambda u: gateway(u, KEY), "gateway", refusal=STRANGER),
}
