"""Signing in, over HTTP."""

import httpx

from app.config import AppConfig


async def test_user_sees_name_rights_quota_and_limits(app_client: httpx.AsyncClient, app_config: AppConfig) -> None:
    answer = await app_client.get("/api/v1/me")

    assert answer.status_code == 200
    me = answer.json()
    assert (me["username"], me["email"], me["rights"]) == ("mlima", "mlima@example.org", ["dp1"])
    assert me["quota"] == {"tap": 1000}
    assert me["limits"]["upload_bytes"] == app_config.upload_limit_bytes
