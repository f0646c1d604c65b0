"""A browser page may call only when its origin is named."""

import httpx

from app.main import create_app
from tests.conftest import MakeClient, MakeSettings

PAGE = "https://app.contoh.id"
QUESTIONS = "/api/v1/career-profile/riasec/questions"
PREFLIGHT = {
    "Origin": PAGE,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}


async def test_off_by_default(client: httpx.AsyncClient) -> None:
    answer = await client.get(QUESTIONS, headers={"Origin": PAGE})
    assert "access-control-allow-origin" not in answer.headers


async def test_a_named_origin_may_call(
    make_settings: MakeSettings, make_client: MakeClient
) -> None:
    client = await make_client(create_app(make_settings(cors_origins=(PAGE,))))
    start = "/api/v1/career-profile/recommendation/start"
    preflight = await client.options(start, headers=PREFLIGHT)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == PAGE
    answer = await client.get(QUESTIONS, headers={"Origin": PAGE})
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "RateLimit-Remaining" in answer.headers["access-control-expose-headers"]
    refused = await client.get(QUESTIONS, headers={"Origin": "https://lain.contoh.id"})
    assert "access-control-allow-origin" not in refused.headers
