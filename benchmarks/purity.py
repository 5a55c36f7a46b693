"""Purity and completeness of a match against its radius, on the mock sky, where the true object is known.

``python -m benchmarks.purity`` makes the sky, matches all its redshifts at several radii, prints the tables of
docs/mock-sky.md and draws its figure into ``benchmarks/results``.
"""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from matplotlib import pyplot as plt

from trainingset.make import make_training_set
from trainingset.mock import CATALOG_ID, MockSky, make_mock_sky
from trainingset.order import InputFile, Order
from trainingset.registry import Registry

__all__ = ["MODES", "OPTIONS", "Quality", "draw", "measure", "measure_options", "table_text"]

RESULTS = Path(__file__).parent / "results"
RADII_ARCSEC = (0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0)

MODES: Mapping[str, Mapping[str, str]] = {
    "nearest": {"match": "nearest", "unique": "none"},
    "mutual": {"match": "mutual", "unique": "none"},
    "unique": {"match": "nearest", "unique": "best"},
}
"""Recipe fields of each way of matching."""

_BRIGHT = {"where": "i_cModelMag < 22", "flux": ["cModel"], "radius_arcsec": 2.0}
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "all defaults": {},
    "`UNIQUE=nearest`": {"unique": "nearest"},
    "`UNIQUE=none`": {"unique": "none"},
    "`MATCH=mutual`": {"match": "mutual"},
    "`MATCH=all`": {"match": "all"},
    "`RADIUS=0.3`": {"radius_arcsec": 0.3},
    "`RADIUS=2`": {"radius_arcsec": 2.0},
    "`WHERE` bright, `RADIUS=2`, `WHERE_ORDER=after`": {**_BRIGHT, "where_order": "after"},
    "`WHERE` bright, `RADIUS=2`, `WHERE_ORDER=before`": {**_BRIGHT, "where_order": "before"},
}
"""What differs from the defaults, by how the page calls it. The order matters where what is cut away is a redshift's
own object: cut before, the redshift is given to a bright neighbor."""


@dataclass(frozen=True)
class Quality:
    """How good the rows of one training set are; shares between 0 and 1."""

    mode: str
    radius_arcsec: float
    rows: int
    purity: float
    """Rows whose object is the redshift's own, of all rows."""
    completeness: float
    """Sources found with their own object, of all that have both a redshift and an object."""
    right_redshift: float
    """Rows whose redshift is right for their object, of all rows: wrong measurements count as well as wrong pairs."""


def measure(sky: MockSky, *, radii_arcsec: Sequence[float], modes: Sequence[str], folder: Path) -> list[Quality]:
    """Match all redshifts of a mock sky in several ways and compare with the truth.

    Parameters
    ----------
    sky
        The sky.
    folder
        Empty folder to work in.
    """
    truth = pq.read_table(sky.redshifts).to_pandas(types_mapper=pd.ArrowDtype)
    redshifts = _write_redshifts(truth, folder / "redshifts.parquet")
    return [
        _compare(_matched(sky, redshifts, mode, radius, folder / f"{mode}_{radius}"), truth, mode, radius)
        for mode in modes
        for radius in radii_arcsec
    ]


def measure_options(sky: MockSky, folder: Path) -> list[Quality]:
    """The same for the default settings, and for one option after the other.

    Parameters
    ----------
    sky
        The sky.
    folder
        Empty folder to work in.
    """
    truth = pq.read_table(sky.redshifts).to_pandas(types_mapper=pd.ArrowDtype)
    redshifts = _write_redshifts(truth, folder / "redshifts.parquet")
    found = []
    for number, (name, fields) in enumerate(OPTIONS.items()):
        pairs, radius = _made(sky, redshifts, fields, folder / f"option_{number}")
        found.append(_compare(pairs, truth, name, radius))
    return found


def _write_redshifts(truth: pd.DataFrame, path: Path) -> Path:
    """All surveys in one table, as a user would bring them: nothing of the truth but the row's number."""
    columns = ["survey", "ra", "dec", "redshift"]
    table = truth[columns].assign(id=truth["native_id"], quality_flag=truth["quality"], truth_row=range(len(truth)))
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), path)
    return path


def _matched(sky: MockSky, redshifts: Path, mode: str, radius: float, folder: Path) -> pd.DataFrame:
    return _made(sky, redshifts, {"radius_arcsec": radius, "how": "inner", **MODES[mode]}, folder)[0]


def _made(sky: MockSky, redshifts: Path, fields: Mapping[str, Any], folder: Path) -> tuple[pd.DataFrame, float]:
    """Number of the redshift row and id of the object for each row of the training set, and the radius used."""
    folder.mkdir()
    order = Order(
        request={"catalog": CATALOG_ID, "redshifts": "all_surveys", **fields},
        catalogs=tuple(Registry.load(sky.registry)),
        inputs={"all_surveys": InputFile(name="all_surveys", path=str(redshifts))},
        folder=str(folder),
    )
    made = make_training_set(order, lambda progress: None)
    path = next(file.path for file in made.files if file.id == "parquet")
    pairs = pq.read_table(path, columns=["truth_row", "objectId"]).to_pandas(types_mapper=pd.ArrowDtype)
    return pairs, made.recipe["radius_arcsec"]


def _compare(pairs: pd.DataFrame, truth: pd.DataFrame, mode: str, radius: float) -> Quality:
    rows = truth.iloc[pairs["truth_row"].to_numpy(int)].reset_index(drop=True)
    found = pairs["objectId"].reset_index(drop=True)
    own = ((rows["objectId"] == found) | (rows["other_objectId"] == found)).fillna(False).astype(bool)
    possible = truth.loc[truth["objectId"].notna(), "source_id"].nunique()
    return Quality(
        mode=mode,
        radius_arcsec=radius,
        rows=len(rows),
        purity=float(own.mean()),
        completeness=rows.loc[own, "source_id"].nunique() / possible,
        right_redshift=float((own & ~rows["is_wrong"].astype(bool)).mean()),
    )


def table_text(qualities: Sequence[Quality]) -> str:
    """The measurements as a Markdown table."""
    lines = ["| match | radius ″ | rows | purity | completeness | right redshift |", "|---|---|---|---|---|---|"]
    for point in qualities:
        shares = f"{point.purity:.3f} | {point.completeness:.3f} | {point.right_redshift:.3f}"
        lines.append(f"| {point.mode} | {point.radius_arcsec:g} | {point.rows} | {shares} |")
    return "\n".join(lines)


def draw(qualities: Sequence[Quality], path: Path) -> None:
    """Draw purity and completeness against radius, one line for each way of matching."""
    mpl.use("Agg")
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.0, 3.8), sharex=True, layout="constrained")
    styles = {"nearest": ("o-", "tab:blue"), "mutual": ("s--", "tab:orange"), "unique": ("^:", "tab:green")}
    for mode in dict.fromkeys(quality.mode for quality in qualities):
        line, color = styles[mode]
        points = [quality for quality in qualities if quality.mode == mode]
        radii = [point.radius_arcsec for point in points]
        left.plot(radii, [point.purity for point in points], line, color=color, label=mode)
        right.plot(radii, [point.completeness for point in points], line, color=color, label=mode)
    left.set(ylabel="purity: rows with the right object")
    right.set(ylabel="completeness: sources found")
    for axes in (left, right):
        axes.set(xlabel="match radius (arcsec)", xscale="log")
        axes.axvline(0.75, color="grey", linewidth=0.8)
        axes.text(0.77, 0.03, "default", color="grey", transform=axes.get_xaxis_transform())
        axes.set_xticks([0.2, 0.5, 0.75, 1, 2, 5], labels=["0.2", "0.5", "0.75", "1", "2", "5"])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    left.legend()
    figure.savefig(path, dpi=130, metadata={"Software": None})
    plt.close(figure)


def main() -> None:
    """Measure, print and draw."""
    parser = argparse.ArgumentParser(description="Purity and completeness of a match against its radius.")
    parser.add_argument("--n-objects", type=int, default=300_000)
    parser.add_argument("--results", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        sky = make_mock_sky(Path(scratch) / "sky", n_objects=arguments.n_objects)
        (Path(scratch) / "options").mkdir()
        options = measure_options(sky, Path(scratch) / "options")
        qualities = measure(sky, radii_arcsec=RADII_ARCSEC, modes=tuple(MODES), folder=Path(scratch))
    arguments.results.mkdir(parents=True, exist_ok=True)
    draw(qualities, arguments.results / "purity.png")
    for name, points in (("purity_options.md", options), ("purity.md", qualities)):
        (arguments.results / name).write_text(table_text(points) + "\n", encoding="utf-8")
        print(table_text(points))


if __name__ == "__main__":
    main()
