"""What ``tsm-service doctor`` finds out about the PZ Server."""

from pz.client import PzServer
from pz.config import PzServerConfig
from pz.errors import PzError, PzTokenError
from service.finding import Finding

__all__ = ["examine_pz_server"]

_SUBJECT = "PZ Server"
_MADE_UP = "0" * 40
"""A token that nobody has: the PZ Server says so if it is there."""
_RENEW = "Set TSM_PZ__TOKEN anew: asking for a new token of that account ended the old one."
_REACH = "Correct TSM_PZ__URL, and let this machine reach it; jobs with products of the PZ Server fail meanwhile."
_TOO_MUCH = "Take the admin rights from that account: the service needs none, and shows what an admin sees."


async def examine_pz_server(config: PzServerConfig | None) -> list[Finding]:
    """Ask the PZ Server, where there is one, whose the token of this service is."""
    if config is None:
        return []
    token = _MADE_UP if config.token is None else config.token.get_secret_value()
    async with PzServer(config, token, answer_seconds=config.answer_seconds) as server:
        try:
            account = await server.account()
        except PzTokenError as error:
            if config.token is None:
                return [Finding(_SUBJECT, f"{config.url} answers; each user sends a token")]
            return [Finding(_SUBJECT, f"{config.url}: {error}", is_bad=True, advice=_RENEW)]
        except PzError as error:
            return [Finding(_SUBJECT, f"{config.url}: {error}", is_bad=True, advice=_REACH)]
    told = f"{config.url} answers, as to {account.username}"
    return [Finding(_SUBJECT, f"{told}, an admin", advice=_TOO_MUCH) if account.is_admin else Finding(_SUBJECT, told)]
