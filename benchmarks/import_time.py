"""What ``import tsm`` costs a session, beside ``import pandas`` in the same run.

Each import happens in a fresh process; Python's own start is taken off. Medians are given, since the first run of each
finds its files unread.
"""

import argparse
import statistics
import subprocess
import sys
import time

from rich.console import Console
from rich.table import Table

_SUBJECTS = {
    "import tsm": "import tsm",
    "a client of the service": "import tsm; tsm.TrainingSetMaker('https://data.example.org/tsm', 'x')",
    "a table read": "import tsm; tsm.read_redshifts",
    "import pandas": "import pandas",
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=7)
    repetitions: int = parser.parse_args().repetitions
    # In turns, so that a busy moment falls on all alike.
    rounds = [{name: _seconds(code) for name, code in {"": "pass", **_SUBJECTS}.items()} for _ in range(repetitions)]
    medians = {name: statistics.median(times[name] - times[""] for times in rounds) for name in _SUBJECTS}
    table = Table(title=f"Imports, median of {repetitions} fresh processes")
    for heading in ("what", "seconds", "of import pandas"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for name, seconds in medians.items():
        table.add_row(name, f"{seconds:.3f}", f"{seconds / medians['import pandas']:.0%}")
    Console().print(table)


def _seconds(code: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
