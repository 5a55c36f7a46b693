"""Plain queries of a catalog in files against brute force over all of its rows, and everything that is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.trainingset.catalogs import CENTERS, card_of
from trainingset.card import open_catalog
from trainingset.columns import ColumnType
from trainingset.errors import RecipeError
from trainingset.make_query import answer_query
from trainingset.order import InputFile, Order, TrainingSetFiles
from trainingset.partitions import PartitionList
from trainingset.query.plain import necessary_bounds, read_plain_query
from trainingset.registry import CatalogCard, CatalogEntry

PLACE = "POINT('ICRS', coord_ra, coord_dec)"


@pytest.fixture(scope="module")
def card(fine: CatalogEntry) -> CatalogCard:
    return card_of(fine)


def made(
    card: CatalogCard, folder: Path, query: str, *, most_bytes: int | None = None, **fields: Any
) -> TrainingSetFiles:
    """What a query of the catalog gives."""
    path = folder / "card.json"
    path.write_text(card.model_dump_json())
    order = Order(
        request={"kind": "query", "query": query, "catalog": "objects", **fields},
        catalogs=(card.entry,),
        inputs={"card:objects": InputFile(name="objects", path=str(path))},
        folder=str(folder),
        most_bytes=most_bytes,
    )
    return answer_query(order)


def rows_of(card: CatalogCard, folder: Path, query: str, **options: Any) -> pa.Table:
    return pq.read_table(next(file.path for file in made(card, folder, query, **options).files if file.id == "parquet"))


def why_not(card: CatalogCard, folder: Path, query: str, **options: Any) -> str:
    with pytest.raises(RecipeError) as caught:
        made(card, folder, query, **options)
    assert {problem.parameter for problem in caught.value.problems} == {"QUERY"}
    return str(caught.value)


def ids(table: pa.Table) -> list[int]:
    return sorted(table["objectId"].to_pylist())


def sky(objects: pa.Table) -> SkyCoord:
    return SkyCoord(objects["coord_ra"].to_numpy(), objects["coord_dec"].to_numpy(), unit="deg")


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    center=st.sampled_from(CENTERS),
    offset=st.tuples(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4)),
    radius=st.sampled_from([0.0005, 0.01, 0.3, 40.0, 100.0]),
)
def test_a_cone_holds_the_objects_within_its_radius(
    objects: pa.Table, card: CatalogCard, tmp_path: Path, center: Any, offset: Any, radius: float
) -> None:
    ra, dec = (center[0] + offset[0]) % 360, float(np.clip(center[1] + offset[1], -90, 90))
    query = f"SELECT objectId FROM objects WHERE 1=CONTAINS({PLACE}, CIRCLE('ICRS', {ra!r}, {dec!r}, {radius!r}))"
    distances = sky(objects).separation(SkyCoord(ra, dec, unit="deg")).deg
    assert ids(rows_of(card, tmp_path, query)) == ids(objects.filter(distances <= radius))


@pytest.mark.parametrize("center", CENTERS)
def test_a_polygon_and_a_box_hold_the_objects_between_their_great_circles(
    objects: pa.Table, card: CatalogCard, tmp_path: Path, center: tuple[float, float]
) -> None:
    middle = SkyCoord(*center, unit="deg")
    corners = [middle.directional_offset_by(angle * u.deg, 0.2 * u.deg) for angle in (10, 100, 220)]
    numbers = ", ".join(f"{corner.ra.deg!r}, {corner.dec.deg!r}" for corner in corners).replace("np.float64", "")
    found = rows_of(
        card, tmp_path, f"SELECT objectId FROM objects WHERE CONTAINS({PLACE}, POLYGON('ICRS', {numbers})) = 1"
    )
    places = sky(objects).cartesian.xyz.value.T
    vectors = [corner.cartesian.xyz.value for corner in corners]
    normals = [np.cross(one, other) for one, other in zip(vectors, [*vectors[1:], vectors[0]], strict=True)]
    center_vector = middle.cartesian.xyz.value
    inside = np.all([np.sign(places @ normal) == np.sign(center_vector @ normal) for normal in normals], axis=0)
    inside &= sky(objects).separation(middle).deg < 1
    assert ids(found) == ids(objects.filter(inside))

    found = rows_of(
        card,
        tmp_path,
        f"SELECT objectId FROM objects WHERE 1=CONTAINS({PLACE}, BOX('ICRS', {center[0]}, {center[1]}, 0.3, 0.2))",
    )
    plane = sky(objects).transform_to(middle.skyoffset_frame())
    x, y = (np.tan(plane.lon.rad), np.tan(plane.lat.rad) / np.cos(plane.lon.rad))
    inside = (np.abs(x) < np.tan(np.radians(0.15))) & (np.abs(y) < np.tan(np.radians(0.1)))
    inside &= sky(objects).separation(middle).deg < 1
    assert ids(found) == ids(objects.filter(inside))


def test_constraints_ids_and_ranges_of_coordinates_cut_rows(
    objects: pa.Table, card: CatalogCard, tmp_path: Path
) -> None:
    frame = objects.to_pandas()
    some = frame["objectId"].iloc[[3, 99, 7]].tolist()
    found = rows_of(card, tmp_path, f"SELECT o.* FROM objects AS o WHERE o.objectId IN ({', '.join(map(str, some))})")
    assert ids(found) == sorted(some)
    assert found.column_names == [column.name for column in card.columns]
    ra, dec = CENTERS[1]
    query = (
        f"SELECT objectId, i_psfFlux/i_psfFluxErr AS snr FROM objects WHERE coord_ra BETWEEN {ra - 0.2} AND {ra + 0.1} "
        f"AND coord_dec > {dec} AND coord_dec < {dec + 0.3} AND i_psfFlux > 1000 AND NOT i_psfFlux_flag"
    )
    rows = frame[frame.coord_ra.between(ra - 0.2, ra + 0.1) & (frame.coord_dec > dec) & (frame.coord_dec < dec + 0.3)]
    rows = rows[(rows.i_psfFlux > 1000) & ~rows.i_psfFlux_flag]
    found = rows_of(card, tmp_path, query)
    assert ids(found) == sorted(rows.objectId)
    assert np.isclose(sorted(found["snr"].to_pylist()), sorted(rows.i_psfFlux / rows.i_psfFluxErr)).all()


def test_the_first_rows_are_those_of_the_order_that_is_asked_for(
    objects: pa.Table, card: CatalogCard, tmp_path: Path
) -> None:
    brightest = objects.to_pandas().sort_values("i_psfFlux", ascending=False)["objectId"][:5].tolist()
    query = "SELECT TOP 5 objectId, i_psfFlux FROM objects WHERE i_psfFlux IS NOT NULL ORDER BY i_psfFlux DESC"
    assert rows_of(card, tmp_path, query)["objectId"].to_pylist() == brightest
    few = made(card, tmp_path, "SELECT TOP 5 objectId FROM objects", maxrec=3)
    assert few.rows == 3
    assert "MAXREC" in few.notes[0]
    assert made(card, tmp_path, "SELECT TOP 3 objectId FROM objects", maxrec=3).notes == ()
    assert rows_of(card, tmp_path, "SELECT objectId FROM objects", maxrec=0).num_rows == 0


def test_rows_are_counted_and_grouped(objects: pa.Table, card: CatalogCard, tmp_path: Path) -> None:
    frame = objects.to_pandas()
    counted = rows_of(card, tmp_path, "SELECT COUNT(*) AS n FROM objects", most_bytes=1)
    assert counted.to_pylist() == [{"n": len(frame)}]
    query = (
        "SELECT i_psfFlux_flag, COUNT(*) AS n, COUNT(i_psfFlux) AS known, MIN(i_psfFlux)*2 AS low, MAX(ebv) AS high, "
        "AVG(coord_dec) AS mean, SUM(MOD(objectId, 10)) AS total FROM objects GROUP BY i_psfFlux_flag"
    )
    groups = frame.groupby("i_psfFlux_flag")
    expected = {
        "i_psfFlux_flag": [False, True],
        "n": groups.size().tolist(),
        "known": groups.i_psfFlux.count().tolist(),
        "low": (groups.i_psfFlux.min().astype(float) * 2).tolist(),
        "high": groups.ebv.max().tolist(),
        "mean": pytest.approx(groups.coord_dec.mean().tolist()),
        "total": (frame.objectId % 10).groupby(frame.i_psfFlux_flag).sum().tolist(),
    }
    assert rows_of(card, tmp_path, query).to_pydict() == expected
    nothing = rows_of(card, tmp_path, "SELECT COUNT(*), MIN(ebv) FROM objects WHERE ebv > 9").to_pylist()
    assert nothing == [{"count": 0, "min": None}]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (
            "SELECT objctId FROM objects",
            "names the column 'objctId', which the table does not have; did you mean object",
        ),
        ("SELECT objectId FROM objects WHERE flux_i > 3", "names the column 'flux_i'"),
        ("SELECT q.objectId FROM objects AS o", "'q', which is no table of the query (at character 8)"),
        ("SELECT COUNT(*), ebv FROM objects", "'ebv' besides values of many rows"),
        ("SELECT MAX(MIN(ebv)) FROM objects", "inside of another function of many rows"),
        ("SELECT ebv FROM objects WHERE MAX(ebv) > 3", "has MAX in a condition"),
        ("SELECT ebv FROM objects GROUP BY ebv + 1", "which is no column"),
        (f"SELECT ebv FROM objects WHERE 0=CONTAINS({PLACE}, CIRCLE('ICRS', 1, 2, 3))", "write 1=CONTAINS("),
        (f"SELECT ebv FROM objects WHERE 1=CONTAINS({PLACE}, CIRCLE('ICRS', 1, 99, 3))", "between -90 and 90"),
        (f"SELECT ebv FROM objects WHERE 1=CONTAINS({PLACE}, CIRCLE('GALACTIC', 1, 2, 3))", "the frame 'GALACTIC'"),
        (f"SELECT ebv FROM objects WHERE 1=CONTAINS({PLACE}, CIRCLE('ICRS', ebv, 2, 3))", "not made of numbers"),
        (f"SELECT ebv FROM objects WHERE 1=CONTAINS({PLACE}, POLYGON('ICRS', 1, 2, 3, 4))", "POLYGON of 6 or more"),
        ("SELECT ebv FROM objects WHERE 1=CONTAINS(POINT(ebv, ebv), CIRCLE(1, 2, 3))", "not coord_ra and coord_dec"),
        ("SELECT DISTANCE(coord_ra, coord_dec, 1, 2) FROM objects", "has DISTANCE, which no select list"),
        ("SELECT TOP 5 ebv FROM objects ORDER BY i_psfFlux", "select it as well"),
        ("SELECT DISTINCT ebv FROM objects", "DISTINCT is not run here"),
        ("SELECT ebv FROM objects WHERE ebv >", "at character"),
    ],
)
def test_what_cannot_run_is_refused_with_the_reason(card: CatalogCard, tmp_path: Path, query: str, reason: str) -> None:
    assert reason in why_not(card, tmp_path, query)


def test_too_many_bytes_are_refused_before_or_while_they_are_read(card: CatalogCard, tmp_path: Path) -> None:
    assert "at most 1e-05 GB are read; select fewer columns" in why_not(
        card, tmp_path, "SELECT * FROM objects", most_bytes=10_000
    )
    pixels = open_catalog(card.entry)[1].get_healpix_pixels()
    survey = PartitionList(
        orders=tuple(pixel.order for pixel in pixels),
        pixels=tuple(pixel.pixel for pixel in pixels),
        rows=(786_000_000 // len(pixels),) * len(pixels),
        row_group_rows=100_000,
        bytes_per_row={column.name: 5.0 for column in card.columns},
    )
    planned = card.model_copy(update={"partitions": survey})
    assert made(planned, tmp_path, "SELECT TOP 2 * FROM objects", most_bytes=10_000_000).rows == 2
    refusal = why_not(planned, tmp_path, "SELECT * FROM objects", most_bytes=2 << 30)
    assert "would read 27.5 GB or more of objects; at most 2.15 GB are read" in refusal


def test_bounds_are_those_that_a_condition_needs(card: CatalogCard) -> None:
    query = read_plain_query(
        "SELECT ebv FROM objects WHERE objectId IN (5, 9) AND 3 >= ebv AND (i_psfFlux > 1 OR i_psfFluxErr < 2) "
        "AND coord_ra = 7 AND coord_dec <> 8",
        card.columns,
        ("coord_ra", "coord_dec"),
    )
    bounds = necessary_bounds(query.condition)
    assert bounds["objectId"] == (5, 9)
    assert bounds["ebv"][0] == -np.inf
    assert bounds["ebv"][1] == pytest.approx(3)
    assert bounds["coord_ra"][0] < 7 < bounds["coord_ra"][1]
    assert bounds.keys() == {"objectId", "ebv", "coord_ra"}


def test_columns_keep_their_types_and_words(card: CatalogCard, tmp_path: Path) -> None:
    record = made(card, tmp_path, "SELECT coord_ra AS ra, MIN(objectId) FROM objects GROUP BY coord_ra").provenance
    assert record["kind"] == "query"
    assert record["catalogs"][0]["fingerprint"] == card.fingerprint
    query = read_plain_query("SELECT coord_ra AS ra, MIN(objectId) FROM objects GROUP BY 1", card.columns, None)
    assert [(output.column.name, output.column.datatype) for output in query.outputs.columns] == [
        ("ra", ColumnType.FLOAT64),
        ("min", ColumnType.INT64),
    ]
