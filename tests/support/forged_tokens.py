"""Tokens that nobody of ours issued, and those that somebody did."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.core.clock import utc_now

SECRET = "b9f1c0d2e3a4958677665544332211ff"
OTHER_SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
FAR = 4102444800  # 2100
DEEP_ARRAY = "[" * 5_900
DEEP_OBJECT = '{"a":' * 1_100 + "1" + "}" * 1_100
HUGE_NUMBER = "9" * 5_900
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC_PEM = (
    RSA_KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


def token_of(user: UUID, **changes: Any) -> str:
    """A good token with these claims instead; a claim that is None is left out."""
    key, algorithm = changes.pop("key", SECRET), changes.pop("algorithm", "HS256")
    claims = {"sub": str(user), "exp": utc_now() + timedelta(hours=1), **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm)


def expired(user: UUID) -> str:
    return token_of(user, exp=utc_now() - timedelta(seconds=1))


def not_yet(user: UUID) -> str:
    return token_of(user, nbf=utc_now() + timedelta(hours=1))


@lru_cache  # loading a private key takes longer than the request
def by_rsa(user: UUID, key: rsa.RSAPrivateKey = RSA_KEY, algorithm: str = "RS256") -> str:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    return token_of(user, key=pem, algorithm=algorithm)


def part(content: object) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def unsigned(user: UUID, algorithm: str) -> str:
    claims = {"sub": str(user), "exp": FAR}
    return f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims)}."


def with_other_claims(user: UUID) -> str:
    """Somebody else's signature under our claims."""
    header, _, signature = token_of(uuid4()).split(".")
    return f"{header}.{part({'sub': str(user), 'exp': FAR})}.{signature}"


def signed_by_hand(key: str, **claims: object) -> str:
    """HS256 over claims, or with a key, that PyJWT would not sign."""
    plain = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'exp': FAR, **claims})}"
    signature = hmac.new(key.encode(), plain.encode(), hashlib.sha256).digest()
    return f"{plain}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def with_header(text: str) -> str:
    return f"{part(text)}.{part({})}.x"
