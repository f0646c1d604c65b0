"""`python -m app worker`: what it answers to those who watch it."""

import httpx
import pytest

from app.cli.problems import CommandError
from app.cli.worker import watchable
from app.core.process import port_is_free
from app.main import create_app
from tests.conftest import MakeSettings
from tests.support.ports import own_port
from tests.support.scrape import Scrape


class TestPortOfItsOwn:
    async def test_serves_metrics_to_the_bearer_and_health_but_no_route_of_people(
        self, make_settings: MakeSettings
    ) -> None:
        port = own_port()
        settings = make_settings(metrics_token="scraper" * 5, worker_metrics_port=port)
        bearer = {"Authorization": "Bearer " + "scraper" * 5}
        async with (
            watchable(create_app(settings), settings),
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
        ):
            assert (await client.get("/metrics")).status_code == 401
            shown = await client.get("/metrics", headers=bearer)
            assert Scrape(shown.text).value("database_connections_limit") > 0
            assert (await client.get("/health/live")).json()["status"] == "alive"
            assert (await client.get("/health")).json()["dependencies"]["database"]
            assert (await client.get("/api/v1/career-profile/sessions")).status_code == 404
        assert port_is_free("127.0.0.1", port)

    async def test_says_that_the_port_is_busy(self, make_settings: MakeSettings) -> None:
        settings = make_settings(worker_metrics_port=own_port())
        app = create_app(settings)
        async with watchable(app, settings):
            with pytest.raises(CommandError, match="busy"):
                async with watchable(app, settings):
                    pass
