"""Token verification with keys: the configuration fixes the algorithm, never the token."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NoReturn
from uuid import UUID, uuid4

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from app.core.clock import utc_now
from app.core.errors import NotAuthenticated
from app.core.security import KnownSecrets, TokenVerifier, issue_token
from app.core.settings import Settings

SECRET = "b9f1c0d2e3a4958677665544332211ff"
USER = UUID("7b1d6c1e-8c0a-4a55-9c1b-3f5a0a2d9e10")
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def settings(**changes: Any) -> Settings:
    values = {"app_env": "local", "jwt_secret": SECRET, **changes}
    return Settings(_env_file=None, **values)


def private_pem(key: PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def public_pem(key: PrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def signed(key: Any, algorithm: str, **claims: object) -> str:
    values = {"sub": str(USER), "exp": utc_now() + timedelta(hours=1), **claims}
    return jwt.encode(values, key, algorithm=algorithm)


def hs256_by_public_key(pem: str) -> str:
    """The classic confusion: the public key, which everybody has, used as an HMAC secret."""
    import base64
    import hashlib
    import hmac
    import json

    def part(value: object) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    head = part({"alg": "HS256", "typ": "JWT"})
    body = part({"sub": str(USER), "exp": 4102444800})
    signature = hmac.new(pem.encode(), head + b"." + body, hashlib.sha256).digest()
    return b".".join([head, body, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


class TestPublicKey:
    @pytest.mark.parametrize(
        ("key", "algorithm"), [(RSA_KEY, "RS256"), (EC_KEY, "ES256")], ids=["RS256", "ES256"]
    )
    def test_accepted(self, key: PrivateKey, algorithm: str) -> None:
        verifier = TokenVerifier(settings(jwt_public_key=public_pem(key)))
        assert verifier.verify(signed(private_pem(key), algorithm)).user_id == USER

    @pytest.mark.parametrize("configured", [RSA_KEY, EC_KEY], ids=["RS256", "ES256"])
    @pytest.mark.parametrize(
        "forge",
        [
            lambda _pem: signed(SECRET, "HS256"),
            hs256_by_public_key,
            lambda _pem: signed(private_pem(_other_rsa()), "RS256"),
            lambda _pem: signed(private_pem(ec.generate_private_key(ec.SECP256R1())), "ES256"),
            lambda _pem: signed(private_pem(ec.generate_private_key(ec.SECP384R1())), "ES384"),
            lambda _pem: signed(private_pem(RSA_KEY), "PS256"),
            lambda _pem: signed(private_pem(ed25519.Ed25519PrivateKey.generate()), "EdDSA"),
            lambda _pem: signed(None, "none"),
        ],
        ids=["secret", "public key as secret", "RS256", "ES256", "ES384", "PS256", "EdDSA", "none"],
    )
    def test_refused(self, configured: PrivateKey, forge: Callable[[str], str]) -> None:
        verifier = TokenVerifier(settings(jwt_public_key=public_pem(configured)))
        with pytest.raises(NotAuthenticated):
            verifier.verify(forge(public_pem(configured)))

    @pytest.mark.parametrize(
        ("key", "algorithms"), [(RSA_KEY, ["RS256"]), (EC_KEY, ["ES256"])], ids=["RSA", "EC"]
    )
    def test_one_algorithm_only(self, key: PrivateKey, algorithms: list[str]) -> None:
        assert settings(jwt_public_key=public_pem(key)).jwt_algorithms == algorithms


def _other_rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class TestSecret:
    def test_issued_and_verified(self) -> None:
        user_id = uuid4()
        token = issue_token(settings(), user_id, timedelta(minutes=1))
        assert TokenVerifier(settings()).verify(token).user_id == user_id

    def test_issued_with_the_configured_claims(self) -> None:
        configured = settings(jwt_issuer="login", jwt_audience="kenali")
        token = issue_token(configured, USER, timedelta(minutes=1))
        assert TokenVerifier(configured).verify(token).user_id == USER
        with pytest.raises(NotAuthenticated):
            TokenVerifier(configured).verify(issue_token(settings(), USER, timedelta(minutes=1)))

    def test_not_issued_without_a_secret(self) -> None:
        with pytest.raises(ValueError, match="JWT_SECRET"):
            issue_token(settings(jwt_secret=None), USER, timedelta(minutes=1))

    def test_nobody_enters_without_any_key(self) -> None:
        verifier = TokenVerifier(settings(jwt_secret=None))
        for token in (signed(SECRET, "HS256"), "abc", ""):
            with pytest.raises(NotAuthenticated):
                verifier.verify(token)

    def test_sub_comes_before_user_id(self) -> None:
        other = str(uuid4())
        token = signed(SECRET, "HS256", user_id=other)
        assert TokenVerifier(settings()).verify(token).user_id == USER

    def test_the_previous_secret_is_gone_when_unset(self) -> None:
        token = signed("0f1e2d3c4b5a69788796a5b4c3d2e1f0", "HS256")
        with pytest.raises(NotAuthenticated):
            TokenVerifier(settings()).verify(token)

    @pytest.mark.parametrize("expiry", [-1, -3600])
    def test_expired(self, expiry: int) -> None:
        token = issue_token(settings(), USER, timedelta(seconds=expiry))
        with pytest.raises(NotAuthenticated):
            TokenVerifier(settings()).verify(token)


class TestRemembered:
    """A token is verified once; everything that could make it invalid still does."""

    def test_until_it_expires(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = time.time()
        verifier = TokenVerifier(settings(), timer=lambda: now)
        token = signed(SECRET, "HS256", exp=utc_now() + timedelta(seconds=60))
        monkeypatch.setattr(jwt, "decode", counted := Counted(jwt.decode))
        assert [verifier.verify(token).user_id for _ in range(3)] == [USER] * 3
        assert counted.calls == 1
        now += 61
        monkeypatch.setattr(jwt, "decode", expired)
        with pytest.raises(NotAuthenticated):
            verifier.verify(token)

    def test_no_other_token_is_spared(self) -> None:
        verifier = TokenVerifier(settings())
        token = signed(SECRET, "HS256")
        verifier.verify(token)
        head, claims, signature = token.split(".")
        for other in (f"{head}.{claims}.", f"{head}.{claims}.{signature[::-1]}", token + "x"):
            with pytest.raises(NotAuthenticated):
                verifier.verify(other)

    def test_a_secret_that_is_a_public_key_is_refused_every_time(self) -> None:
        algorithm = KnownSecrets()
        for _ in range(2):
            with pytest.raises(jwt.InvalidKeyError):
                algorithm.prepare_key(public_pem(RSA_KEY))

    def test_a_refused_token_is_not_remembered_as_good(self) -> None:
        verifier = TokenVerifier(settings())
        forged = signed("another-secret-of-thirty-two-bytes!", "HS256")
        for _ in range(3):
            with pytest.raises(NotAuthenticated):
                verifier.verify(forged)

    def test_new_keys_know_nothing_of_it(self) -> None:
        token = signed(SECRET, "HS256")
        TokenVerifier(settings()).verify(token)
        with pytest.raises(NotAuthenticated):
            TokenVerifier(settings(jwt_secret="another-secret-of-thirty-two-bytes!")).verify(token)


class Counted:
    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call
        self.calls = 0

    def __call__(self, *args: Any, **named: Any) -> Any:
        self.calls += 1
        return self._call(*args, **named)


def expired(*_: object, **__: object) -> NoReturn:
    raise jwt.ExpiredSignatureError
