"""Recipes with a select list, made on a real HATS catalog: what a query gets, against brute force."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.table import Table

from tests.trainingset.crossmatch.skies import brute_force, positions
from trainingset.errors import RecipeError
from trainingset.make import make_training_set
from trainingset.order import InputFile, Order, TrainingSetFiles
from trainingset.query.crossmatch import crossmatch_of_query
from trainingset.query.tables import ObjectTable, QueryTables
from trainingset.registry import CatalogEntry

Ask = Callable[..., tuple[TrainingSetFiles, Path]]

N_PLACES = 60


@pytest.fixture(scope="module")
def places(objects: pa.Table) -> pa.Table:
    """Positions near objects and in the void, without redshifts."""
    rng = np.random.default_rng(5)
    near = rng.choice(objects.num_rows, N_PLACES - 10, replace=False)
    dec = np.clip(objects["coord_dec"].to_numpy()[near] + rng.normal(0, 0.4, len(near)) / 3600, -90, 90)
    return pa.table(
        {
            "tapupload_id": pa.array(np.arange(N_PLACES), pa.int32()),
            "lon": np.append(objects["coord_ra"].to_numpy()[near], rng.uniform(0, 360, 10)),
            "lat": np.append(dec, rng.uniform(-80, 80, 10)),
            "redshift": [f"text {number}" for number in range(N_PLACES)],
        }
    )


@pytest.fixture(scope="module")
def ask(coarse: CatalogEntry, objects: pa.Table, places: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Run a query as a worker does."""

    def run(query: str, table: pa.Table = places, **recipe: object) -> tuple[TrainingSetFiles, Path]:
        folder = tmp_path_factory.mktemp("asked")
        path = folder.with_suffix(".parquet")
        pq.write_table(table, path)
        tables = QueryTables(
            {"objects": ObjectTable("objects", "coord_ra", "coord_dec", frozenset(objects.column_names))},
            {"TAP_UPLOAD.up": "up"},
        )
        order = Order(
            request={**crossmatch_of_query(query, tables), "flux": ["psf"], **recipe},
            catalogs=(coarse,),
            inputs={"up": InputFile(name="up", path=str(path), sha256="0" * 64, size=path.stat().st_size)},
            folder=str(folder),
        )
        made = make_training_set(order)
        return made, Path(next(file.path for file in made.files if file.id == "result"))

    return run


QUERY = """SELECT {what} FROM objects AS r JOIN TAP_UPLOAD.up AS u
ON 1=CONTAINS(POINT('ICRS', r.coord_ra, r.coord_dec), CIRCLE('ICRS', u.lon, u.lat, 1.5/3600.))"""


def pairs_by_brute_force(places: pa.Table, objects: pa.Table) -> set[tuple[int, int]]:
    left, right = (positions(table[ra], table[dec]) for table, ra, dec in (
        (places, "lon", "lat"), (objects, "coord_ra", "coord_dec")
    ))  # fmt: skip
    near = np.argwhere(np.round(brute_force(left, right), 6) <= 1.5)
    return {(int(place), objects["objectId"][int(row)].as_py()) for place, row in near}


def test_a_query_gets_every_pair_with_exactly_the_columns_that_it_names(
    ask: Ask, places: pa.Table, objects: pa.Table
) -> None:
    what = "r.*, u.tapupload_id AS id_a, DISTANCE(u.lon, u.lat, r.coord_ra, r.coord_dec)*3600.0 AS SEP_ARCSEC"
    made, path = ask(QUERY.format(what=what))
    table = Table.read(path)
    assert table.colnames == [*objects.column_names, "id_a", "SEP_ARCSEC"]
    assert table["id_a"].dtype == np.int32
    assert {(int(row["id_a"]), int(row["objectId"])) for row in table} == pairs_by_brute_force(places, objects)
    assert len(table) == made.rows
    lookup = {number: row for row, number in enumerate(objects["objectId"].to_pylist())}
    rows = [lookup[int(number)] for number in table["objectId"]]
    expected = brute_force(
        positions(places["lon"].to_numpy()[table["id_a"]], places["lat"].to_numpy()[table["id_a"]]),
        positions(objects["coord_ra"].to_numpy()[rows], objects["coord_dec"].to_numpy()[rows]),
    ).diagonal()
    assert np.allclose(table["SEP_ARCSEC"], expected, atol=1e-6, rtol=0)


def test_columns_come_as_they_were_sent_whatever_they_are_called(ask: Ask, places: pa.Table) -> None:
    _, path = ask(QUERY.format(what="u.*, u.redshift AS text, u.tapupload_id * 2 AS twice"), responseformat="parquet")
    rows = pq.read_table(path)
    assert rows.column_names == [*places.column_names, "text", "twice"]
    assert rows["text"].to_pylist() == [f"text {number}" for number in rows["tapupload_id"].to_pylist()]
    assert rows["twice"].to_pylist() == [2 * number for number in rows["tapupload_id"].to_pylist()]


def test_redshifts_stay_beside_the_column_that_holds_them(ask: Ask, places: pa.Table) -> None:
    velocities = pa.array(np.linspace(1e4, 1e5, N_PLACES))
    table = places.drop_columns(["redshift"]).append_column(
        pa.field("z", pa.float64(), metadata={"unit": "km/s"}), velocities
    )
    made, path = ask(QUERY.format(what="u.tapupload_id, u.z"), table=table, responseformat="parquet")
    rows = pq.read_table(path)
    assert rows["z"].to_pylist() == [velocities[number].as_py() for number in rows["tapupload_id"].to_pylist()]
    canonical = pq.read_table(next(file.path for file in made.files if file.id == "parquet"))
    assert np.allclose(canonical["redshift"], rows["z"].to_numpy() / 299792.458)


@pytest.mark.parametrize(
    ("limits", "n_rows", "overflow"),
    [
        ({}, 3, False),
        ({"maxrec": 3}, 3, False),
        ({"maxrec": 2}, 2, True),
        ({"neighbors": 1, "radius_arcsec": 20}, 3, True),
    ],
)
def test_what_top_leaves_out_was_not_asked_for_and_all_else_is_overflow(
    ask: Ask, limits: dict[str, object], n_rows: int, overflow: bool
) -> None:
    _, path = ask(QUERY.format(what="TOP 3 u.tapupload_id"), **limits)
    assert len(Table.read(path)) == n_rows
    assert (b'value="OVERFLOW"' in path.read_bytes()) is overflow


@pytest.mark.parametrize("maxrec", [None, 4])
def test_the_first_rows_of_another_order_are_the_first_of_all(ask: Ask, maxrec: int | None) -> None:
    what, order = "u.tapupload_id AS n, DISTANCE(u.lon, u.lat, r.coord_ra, r.coord_dec) AS sep", " ORDER BY n DESC, sep"
    _, all_path = ask(QUERY.format(what=what), responseformat="parquet")
    _, path = ask(QUERY.format(what=f"TOP 7 {what}") + order, responseformat="parquet", maxrec=maxrec)
    everything = sorted(pq.read_table(all_path).to_pylist(), key=lambda row: (-row["n"], row["sep"]))
    assert pq.read_table(path).to_pylist() == everything[: maxrec or 7]


def test_a_list_that_does_not_fit_the_tables_is_refused_with_all_else(ask: Ask) -> None:
    with pytest.raises(RecipeError) as caught:
        ask(QUERY.format(what="u.nothing, r.neither"), formats=["hdf5"], radius_arcsec=4000)
    assert {problem.parameter for problem in caught.value.problems} == {"SELECT", "FORMATS", "RADIUS"}
    assert "redshifts.nothing" in str(caught.value)
    assert "objects.neither" in str(caught.value)
