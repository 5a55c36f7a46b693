"""Fail when a test was skipped for a reason that nobody has agreed to.

Usage: check_skips.py junit.xml allowed_skips.txt
"""

import sys
from pathlib import Path
from xml.etree import ElementTree


def skip_reasons(junit: Path) -> dict[str, str]:
    """Why each skipped test was skipped, by its name."""
    cases = ElementTree.parse(junit).iter("testcase")  # noqa: S314 (pytest has just written it)
    skipped = ((case, case.find("skipped")) for case in cases)
    return {
        f"{case.get('classname')}::{case.get('name')}": skip.get("message") or "no reason given"
        for case, skip in skipped
        if skip is not None
    }


def main() -> int:
    """Say what was skipped; 1 if something may not be."""
    junit, allowed_file = map(Path, sys.argv[1:])
    lines = (line.strip() for line in allowed_file.read_text(encoding="utf-8").splitlines())
    allowed = [line for line in lines if line and not line.startswith("#")]
    reasons = skip_reasons(junit)
    refused = {name: why for name, why in reasons.items() if not any(start in why for start in allowed)}
    print(f"{len(reasons)} tests skipped, {len(refused)} of them without being allowed to")  # noqa: T201
    for name, why in refused.items():
        print(f"  {name}: {why}")  # noqa: T201
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
