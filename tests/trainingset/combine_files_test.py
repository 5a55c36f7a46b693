"""The files of a compilation: formats that agree, HATS that LSDB opens, infos, limits, survey rules of one's own."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lsdb
import pyarrow.parquet as pq
import pytest
from astropy.io.votable import parse_single_table
from astropy.table import Table

from tests.trainingset.catalogs import card_of
from tests.trainingset.compilations import ROLES, made_compilation, measured
from trainingset.checksum import sha256_of
from trainingset.combine import make_compilation
from trainingset.order import InputFile, Order, StageProgress, TrainingSetFiles
from trainingset.registry import CatalogContent, CatalogEntry

ROWS: list[dict[str, Any]] = [
    {"ra": 53.1, "dec": -28.1, "z": 0.5},
    {"ra": 53.1, "dec": -28.1, "z": 0.5, "survey": "OZDES", "flag": 3},
    {"ra": 200.0, "dec": 20.0, "z": 0.7},
    {"ra": 359.9, "dec": 0.0, "z": 1.1, "survey": "OZDES", "flag": 6},
]

OWN_RULES = """
name: MINE
title: A survey of mine
instrument_types: [s]
references:
  - {text: "Me 2026, in preparation"}
rules:
  version: 7
  source: My notebook
  columns: {ra: ra, dec: dec, z: z, z_flag: flag, id: name, survey: survey}
  quality: {values: {9: 4}, default: 0}
  instrument_type: {default: s}
"""

Make = Callable[..., TrainingSetFiles]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "mine.parquet"
    pq.write_table(measured(ROWS), path)
    return path


@pytest.fixture
def make(table: Path, tmp_path: Path) -> Make:
    def run(**request: Any) -> TrainingSetFiles:
        inputs = [{"source": "mine", "roles": ROLES}]
        return made_compilation(tmp_path / "out", {"mine": table}, **{"inputs": inputs, "preset": "complete"} | request)

    return run


def test_every_format_has_the_same_rows(make: Make) -> None:
    made = make(formats="votable/td,fits,csv,hats")
    paths = {file.id: Path(file.path) for file in made.files}
    keys = pq.read_table(paths["parquet"])["redshift_key"].to_pylist()

    assert paths.keys() == {"result", "parquet", "votable_td", "fits", "csv", "hats", "report", "numbers", "provenance"}
    assert list(parse_single_table(paths["result"]).array["redshift_key"]) == keys
    assert [text.strip() for text in Table.read(paths["fits"])["redshift_key"]] == keys
    assert list(Table.read(paths["csv"])["redshift_key"]) == keys
    assert all(file.sha256 == sha256_of(Path(file.path)) for file in made.files)


def test_lsdb_opens_the_hats_collection(make: Make, tmp_path: Path) -> None:
    (hats,) = (file for file in make(formats="hats").files if file.id == "hats")
    with zipfile.ZipFile(hats.path) as archive:
        archive.extractall(tmp_path / "unpacked")

    rows = lsdb.open_catalog(next((tmp_path / "unpacked").iterdir())).compute()

    assert sorted(rows["redshift_key"]) == ["OZDES:n1", "OZDES:n3", "VVDS:n0", "VVDS:n2"]


def test_columns_have_units_and_descriptions(make: Make, tmp_path: Path) -> None:
    make()

    schema = pq.read_schema(tmp_path / "out" / "compilation.parquet")

    assert all(field.metadata[b"description"] for field in schema)
    assert schema.field("ra").metadata[b"unit"] == b"deg"
    assert schema.field("z").metadata[b"ucd"] == b"src.redshift;meta.main"


def test_tables_tell_request_citations_and_inputs(make: Make) -> None:
    (result,) = (file for file in make().files if file.id == "result")
    text = Path(result.path).read_bytes()

    assert b'name="PRESET" value="complete"' in text
    assert b"mine;ra=ra;dec=dec" in text
    assert b'name="citation"' in text


def test_the_record_repeats_the_files_and_the_recipe(make: Make, tmp_path: Path) -> None:
    made = make(maxrec=2)
    record = json.loads((tmp_path / "out" / "provenance.json").read_text())

    assert record == made.provenance
    assert record["recipe"] == made.recipe
    assert record["recipe"]["priority"] == ["instrument_type", "quality_flag"]
    assert {output["id"] for output in record["outputs"]} == {file.id for file in made.files} - {"provenance"}
    assert record["row_checksum"].startswith("sha256:")


def test_maxrec_cuts_rows_and_says_so(make: Make) -> None:
    made = make(maxrec=2)

    assert made.rows == 2
    assert "Only the first 2 of 4 rows are here, as MAXREC asks for." in made.notes
    assert b"OVERFLOW" in Path(made.files[0].path).read_bytes()


def test_maxrec_of_zero_gives_the_columns_alone(make: Make) -> None:
    made = make(maxrec=0)

    assert made.rows == 0
    assert pq.read_table(next(file.path for file in made.files if file.id == "parquet")).num_columns > 20


def test_concatenation_looks_for_no_repetitions(make: Make) -> None:
    made = make(mode="concatenate")
    rows = pq.read_table(next(file.path for file in made.files if file.id == "parquet"))

    assert made.rows == 4
    assert {"tie_result", "compared_to", "group_id"}.isdisjoint(rows.column_names)


def test_the_report_is_one_page_without_script_or_network(make: Make) -> None:
    (report,) = (file for file in make().files if file.id == "report")
    page = Path(report.path).read_text(encoding="utf-8")

    assert (report.filename, report.mime_type) == ("report.html", "text/html")
    assert "VVDS" in page
    assert "<script" not in page


def test_rules_of_ones_own_travel_in_the_record(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "own.parquet"
    pq.write_table(measured([{"survey": "mine", "flag": 9}]), path)

    made = made_compilation(tmp_path / "own", {"own": path}, survey_rules=OWN_RULES)

    (rules,) = made.provenance["survey_rules"]
    assert (rules["survey"], rules["version"], rules["source"], rules["is_given"]) == ("MINE", 7, "My notebook", True)
    assert made.provenance["recipe"]["survey_rules"] == OWN_RULES
    assert [citation["text"] for citation in made.provenance["citations"]] == ["Me 2026, in preparation"]
    assert made.provenance["rows_by_survey"] == {"MINE": 1}


def test_progress_goes_through_the_stages_in_order(table: Path, tmp_path: Path) -> None:
    stages: list[StageProgress] = []
    request = {"kind": "combine", "inputs": [{"source": "mine", "roles": ROLES}], "preset": "complete"}
    (tmp_path / "out").mkdir()
    inputs = {"mine": InputFile(name="mine.parquet", path=str(table))}

    make_compilation(Order(request=request, catalogs=(), inputs=inputs, folder=str(tmp_path / "out")), stages.append)

    told = list(dict.fromkeys(stage.stage for stage in stages))
    assert told == ["reading", "homogenizing", "grouping", "resolving", "writing", "formats"]


def test_a_registered_catalog_is_an_input_and_a_footprint(table: Path, tmp_path: Path) -> None:
    frame = measured(ROWS).to_pandas().rename(columns={"ra": "lon", "dec": "lat"})
    catalog = lsdb.from_dataframe(frame, ra_column="lon", dec_column="lat", margin_threshold=None)
    catalog.write_catalog(tmp_path / "hats", catalog_name="known", as_collection=False, progress_bar=False)
    entry = CatalogEntry(
        id="known",
        title="Known redshifts",
        content=CatalogContent.REDSHIFTS,
        release="v1",
        path=str(tmp_path / "hats"),
        ra_column="lon",
        dec_column="lat",
        object_id_column="name",
    )
    roles = {role: column for role, column in ROLES.items() if role not in ("ra", "dec", "id")}
    request = {
        "kind": "combine",
        "inputs": [{"source": "catalog:known", "roles": roles}],
        "preset": "complete",
        "footprints": "catalog:known",
    }
    (tmp_path / "out").mkdir()

    made = make_compilation(Order(request=request, catalogs=(entry,), folder=str(tmp_path / "out")))

    rows = pq.read_table(tmp_path / "out" / "compilation.parquet")
    assert made.rows == 4
    assert rows["is_in_known"].to_pylist() == [True] * 4
    (used,) = made.provenance["inputs"]
    assert (used["source"], used["sha256"]) == ("catalog:known", card_of(entry).fingerprint)


def test_an_earlier_compilation_keeps_what_it_knew(make: Make, tmp_path: Path) -> None:
    make(mode="mark")
    again = made_compilation(
        tmp_path / "again",
        {"once": tmp_path / "out" / "compilation.parquet"},
        preset="complete",
        mode="concatenate",
        extra_columns="n_measured=n_measurements",
    )

    rows = pq.read_table(tmp_path / "again" / "compilation.parquet")
    assert again.rows == 4
    assert sorted(rows["redshift_key"].to_pylist()) == ["OZDES:n1", "OZDES:n3", "VVDS:n0", "VVDS:n2"]
    assert sorted(rows["n_measured"].to_pylist()) == [1, 1, 2, 2]
