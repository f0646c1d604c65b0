"""Settings: what they read, and when the process refuses to start."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError
from sqlalchemy.engine import make_url

from app.core.settings import AppEnv, ConfigurationError, Settings

SECRET = "b9f1c0d2e3a4958677665544332211ff"
READY: dict[str, Any] = {
    "app_env": "production",
    "jwt_secret": SECRET,
    "database_url": "postgresql://kenali:Kx7q2m@db/kenali",
    "membership_required": True,
}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the machine and no `.env` of the checkout has a say."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def settings(**values: Any) -> Settings:
    return Settings(**values)


def public_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def gaps(**changes: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        settings(**{**READY, **changes}).check_ready_to_serve()
    return str(caught.value)


class TestRefusesToStart:
    def test_ready(self) -> None:
        settings(**READY).check_ready_to_serve()

    def test_production_is_the_default(self) -> None:
        assert settings().app_env is AppEnv.PRODUCTION
        with pytest.raises(ConfigurationError):
            settings().check_ready_to_serve()

    @pytest.mark.parametrize("env", ["production", "staging"])
    def test_names_everything_that_is_missing(self, env: str) -> None:
        told = gaps(app_env=env, jwt_secret=None, database_url=None)
        assert "JWT_SECRET" in told
        assert "JWT_PUBLIC_KEY" in told
        assert "DATABASE_URL" in told

    @pytest.mark.parametrize("blank", ["", "   "])
    def test_blank_is_missing(self, blank: str) -> None:
        told = gaps(jwt_secret=blank, database_url=blank)
        assert "JWT_SECRET" in told
        assert "DATABASE_URL" in told

    def test_only_what_is_missing(self) -> None:
        assert "DATABASE_URL" not in gaps(jwt_secret=None)
        assert "JWT" not in gaps(database_url=None)

    def test_db_host_is_enough(self) -> None:
        settings(**{**READY, "database_url": None, "db_host": "db"}).check_ready_to_serve()

    def test_a_public_key_is_enough(self) -> None:
        changes = {"jwt_secret": None, "jwt_public_key": public_key()}
        settings(**{**READY, **changes}).check_ready_to_serve()

    def test_a_public_key_must_be_one(self) -> None:
        assert "JWT_PUBLIC_KEY" in gaps(jwt_secret=None, jwt_public_key="-----BEGIN")

    def test_the_gateway_needs_its_key_and_no_jwt(self) -> None:
        told = gaps(auth_mode="gateway", jwt_secret=None)
        assert "INTERNAL_SERVICE_KEY" in told
        assert "JWT" not in told
        key = "a-key-between-services-0123456789"
        changes = {"auth_mode": "gateway", "jwt_secret": None, "internal_service_key": key}
        settings(**{**READY, **changes}).check_ready_to_serve()

    def test_membership_is_a_decision_outside_local_mode(self) -> None:
        assert "MEMBERSHIP_REQUIRED" in gaps(membership_required=None)
        settings(**{**READY, "membership_required": False}).check_ready_to_serve()
        assert settings(app_env="local").requires_membership is False

    @pytest.mark.parametrize(
        "placeholder",
        [
            "changeme-changeme-changeme-changeme",
            "CHANGE-ME-please-0123456789abcdef01",
            "your-256-bit-secret-your-256-bit-se",
            "secret-secret-secret-secret-secret-",
            "ganti-dengan-rahasia-yang-panjang-x",
            "example-example-example-example-exa",
            "x" * 40,
        ],
    )
    @pytest.mark.parametrize(
        "name",
        [
            "jwt_secret",
            "jwt_secret_previous",
            "internal_service_key_previous",
            "openrouter_api_key",
            "db_password",
        ],
    )
    def test_placeholders(self, name: str, placeholder: str) -> None:
        told = gaps(**{name: placeholder})
        assert name.upper() in told
        assert placeholder not in told

    def test_a_short_secret(self) -> None:
        told = gaps(jwt_secret="Kx7q2mPw")
        assert "JWT_SECRET" in told
        assert "Kx7q2mPw" not in told

    def test_never_in_local_mode(self) -> None:
        settings(app_env="local").check_ready_to_serve()

    def test_a_missing_model_key_is_allowed(self) -> None:
        assert settings(**READY).openrouter_api_key is None


class TestWhatIsRead:
    def test_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("APP_ENV", "local")
        monkeypatch.setenv("DB_POOL_SIZE", "7")
        monkeypatch.setenv("NODE_ENV", "development")
        found = settings()
        assert (found.app_env, found.db_pool_size) == (AppEnv.LOCAL, 7)

    def test_the_file_and_the_environment_above_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / ".env").write_text("RIASEC_FORM=full\nPORT=9000\nUNKNOWN=1\n")
        monkeypatch.setenv("PORT", "9001")
        found = settings()
        assert (found.riasec_form, found.port) == ("full", 9001)

    @pytest.mark.parametrize(
        ("given", "found"),
        [
            ("", ()),
            ("a/b", ("a/b",)),
            ("a/b,c/d", ("a/b", "c/d")),
            (" a/b , c/d ,, ", ("a/b", "c/d")),
        ],
    )
    def test_comma_lists(
        self, monkeypatch: pytest.MonkeyPatch, given: str, found: tuple[str, ...]
    ) -> None:
        monkeypatch.setenv("OPENROUTER_FALLBACK_MODELS", given)
        assert settings().openrouter_fallback_models == found

    def test_roles(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert settings().allowed_roles == ("USER", "EXPERT", "CLUB")
        monkeypatch.setenv("ALLOWED_ROLES", "USER, ADMIN")
        assert settings().allowed_roles == ("USER", "ADMIN")

    def test_defaults_of_the_specification(self) -> None:
        found = settings()
        assert (found.riasec_form, found.client_wait_s) == ("short", 18)
        assert (found.db_max_overflow, found.db_pool_timeout_s) == (0, 2)
        assert (found.expansion_continue_below, found.evidence_floor) == (15, 0.15)
        assert (found.llm_content_deadline_s, found.llm_scoring_deadline_s) == (30, 45)
        assert (found.llm_retry_delay_s, found.llm_max_in_flight) == (2, 1000)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"riasec_form": "medium"},
            {"db_pool_size": 0},
            {"db_pool_size": 2, "db_threads": 3},
            {"expansion_continue_below": 2},
            {"evidence_floor": 1.1},
            {"app_env": "dev"},
            {"log_level": "LOUD"},
            {"port": 70_000},
            {"client_wait_s": 0},
        ],
        ids=str,
    )
    def test_out_of_range(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            settings(**wrong)

    def test_secrets_are_not_shown(self) -> None:
        shown = repr(settings(**READY, openrouter_api_key="sk-or-Zq81", db_password="Pq5%r"))
        assert SECRET not in shown
        assert "sk-or-Zq81" not in shown
        assert "Pq5%r" not in shown


class TestDatabaseDsn:
    def test_none_asks_for_the_embedded_one(self) -> None:
        assert settings().database_dsn() is None

    def test_the_url_comes_first(self) -> None:
        found = settings(database_url="postgresql://a@b/c", db_host="lain")
        assert found.database_dsn() == "postgresql://a@b/c"

    @pytest.mark.parametrize("password", ["p@ss:w/rd?#%&+ =", "ä€", "'\"\\", "%41", "a b"])
    def test_special_characters(self, password: str) -> None:
        found = settings(
            db_host="db.dalam",
            db_port=6543,
            db_name="kenali/diri?x",
            db_user="ru:t@",
            db_password=password,
        ).database_dsn()
        assert found is not None
        url = make_url(found)
        assert (url.username, url.password) == ("ru:t@", password)
        assert (url.host, url.port, url.database) == ("db.dalam", 6543, "kenali/diri?x")

    def test_without_a_password(self) -> None:
        assert settings(db_host="h").database_dsn() == (
            "postgresql://kenali_diri@h:5432/kenali_diri"
        )
