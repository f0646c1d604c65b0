"""The public lists are fetched once and then only asked about."""

import httpx
import pytest

API = "/api/v1/career-profile"


@pytest.mark.parametrize("path", ["/riasec/questions", "/ikigai/dimensions"])
class TestCacheable:
    async def test_second_fetch_is_not_modified(self, client: httpx.AsyncClient, path: str) -> None:
        first = await client.get(API + path)
        assert first.status_code == 200
        etag = first.headers["etag"]
        assert "max-age" in first.headers["cache-control"]
        for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            again = await client.get(API + path, headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == etag

    async def test_another_version_is_sent(self, client: httpx.AsyncClient, path: str) -> None:
        answer = await client.get(API + path, headers={"If-None-Match": '"of yesterday"'})
        assert answer.status_code == 200


async def test_go_reads_72_items_in_holland_order(client: httpx.AsyncClient) -> None:
    body = (await client.get(f"{API}/riasec/questions")).json()
    assert set(body) == {"success", "message", "data"}
    assert body["success"] is True
    ids = [f"{letter}{number}" for letter in "RIASEC" for number in range(1, 13)]
    assert [item["id"] for item in body["data"]] == ids
    assert all(set(item) == {"id", "pertanyaan"} for item in body["data"])
