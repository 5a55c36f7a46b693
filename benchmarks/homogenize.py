"""Rows per second at which surveys' own flags are brought on the common scales.

    python -m benchmarks.homogenize                      # 200 000 rows of each survey, half a minute
    python -m benchmarks.homogenize --rows 1000000       # the full measurement

For each survey, rows with its flags (those of its table, or what its conditions compare with) go through its rules:
``rules`` is quality and instrument type, ``whole`` is everything that `trainingset.specz.homogenize` does with a table
that was read. Beside them, in the same run, the same table of flags is read row by row in Python, on ``--loop-rows``
rows; the ratio is what counts.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from trainingset.arrow_metadata import arrow_type
from trainingset.columns import ColumnType
from trainingset.combine_recipe import CombineInput, CombineRecipe
from trainingset.specz.flags import instrument_types, quality_flags
from trainingset.specz.homogenize import homogenize
from trainingset.specz.rules import SurveyRules
from trainingset.specz.survey_book import SurveyBook

RECIPE = CombineRecipe.model_validate({"inputs": ("upload:a",), "preset": "complete"}).resolved()
REPEAT = 3


def release_rows(rules: SurveyRules, n_rows: int) -> pa.Table:
    """Rows as the release has them, with values that its rules tell apart."""
    random = np.random.default_rng(20260101)
    columns = rules.columns
    table: dict[str, object] = {
        columns.ra: random.uniform(0, 360, n_rows),
        columns.dec: random.uniform(-89, 89, n_rows),
        columns.z: random.uniform(0.01, 3, n_rows),
    }
    if columns.z_err:
        table[columns.z_err] = random.lognormal(-8, 1, n_rows)
    flags: list[float | str] = [*rules.quality.values] or [0, 1, 2, 3, 4]
    if any(isinstance(flag, str) for flag in flags):
        flags = [str(flag) for flag in flags]
    if columns.z_flag:
        table[columns.z_flag] = pa.array(flags).take(pa.array(random.integers(0, len(flags), n_rows)))
    for name, datatype in columns.needed.items():
        table.setdefault(name, needed_values(datatype, random, n_rows))
    for name in columns.id:
        table.setdefault(name, np.arange(n_rows))
    return pa.table(table)


def needed_values(datatype: ColumnType, random: np.random.Generator, n_rows: int) -> pa.Array:
    if datatype is ColumnType.STRING:
        return pa.array(["GALAXY", "STAR", "s", "p"]).take(pa.array(random.integers(0, 4, n_rows)))
    return pa.array(random.integers(0, 4, n_rows)).cast(arrow_type(datatype), safe=False)


def role_rows(rules: SurveyRules, table: pa.Table) -> pa.Table:
    """The same rows as rules see them."""
    columns = rules.columns
    named = {name: table[name] for name in table.column_names}
    roles = {"z": columns.z, "z_err": columns.z_err, "z_flag": columns.z_flag}
    return pa.table(named | {role: table[name] for role, name in roles.items() if name is not None})


def median_seconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEAT):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def loop(rules: SurveyRules, flags: list[object]) -> list[float | None]:
    """The table of flags, one row after the other."""
    found: list[float | None] = []
    for flag in flags:
        answer: float | None = rules.quality.default
        for key, quality in rules.quality.values.items():
            if flag is not None and str(flag).lower() == str(key).lower():
                answer = quality
        found.append(answer)
    return found


def report(name: str, book: SurveyBook, n_rows: int, loop_rows: int) -> tuple[float, float] | None:
    """Print a line for a survey; millions of rows per second of its rules and of everything."""
    survey, rules = book.find(name), book.rules(name)
    if survey is None or rules is None or survey.rules is None:
        return None
    table = release_rows(rules, n_rows)
    roles = role_rows(rules, table)
    of_rules = n_rows / median_seconds(lambda: (quality_flags(roles, rules), instrument_types(roles, rules))) / 1e6
    given = CombineInput(source="upload:a", survey=name)
    whole = n_rows / median_seconds(lambda: homogenize(table, given, RECIPE, book, name="a")) / 1e6
    kind = "table" if rules.quality.values else "conditions"
    ratio = ""
    if rules.columns.z_flag and rules.quality.values:
        few = roles["z_flag"][:loop_rows].to_pylist()
        ratio = f"{of_rules * 1e6 * median_seconds(lambda: loop(rules, few)) / loop_rows:8.0f}x"
    print(f"{name:<20}{kind:<12}{of_rules:>8.1f}{whole:>8.2f}{ratio:>10}", flush=True)
    return of_rules, whole


def main() -> None:
    """Measure all surveys with rules of their own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--loop-rows", type=int, default=20_000)
    arguments = parser.parse_args()
    book = SurveyBook.of()
    print(f"{arguments.rows} rows, medians of {REPEAT}; millions of rows per second, and times the speed of a loop")
    print(f"{'survey':<20}{'rules':<12}{'rules':>8}{'whole':>8}{'loop':>10}")
    found = [report(name, book, arguments.rows, arguments.loop_rows) for name in book.names]
    rates = [rate for rate in found if rate is not None]
    slowest, whole = min(rate[0] for rate in rates), statistics.median(rate[1] for rate in rates)
    print(f"slowest rules {slowest:.1f}, median of whole {whole:.2f}")


if __name__ == "__main__":
    main()
