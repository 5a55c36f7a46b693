"""Asks the web process of this container whether it answers, for container engines: ``python -m app.alive``."""

import argparse
import os
import sys
import urllib.error
import urllib.request

__all__ = ["answers"]

_SECONDS = 4.0


def answers(address: str) -> bool:
    """Whether something at that address says that it is well."""
    try:
        with urllib.request.urlopen(address, timeout=_SECONDS) as answer:  # noqa: S310 (our own address)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Exit code 0 when the web process of this machine answers, else 1.")
    parser.add_argument("--port", type=int, default=8080)
    # Not by AppConfig: the check shall not depend on the settings that it does not need.
    prefix = os.environ.get("TSM_PREFIX", "/tsm").strip("/")
    path = "/".join(filter(None, [prefix, "health/live"]))
    sys.exit(0 if answers(f"http://127.0.0.1:{parser.parse_args().port}/{path}") else 1)
