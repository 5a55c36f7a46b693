"""What a format cannot hold is refused before anything is computed."""

from pathlib import Path

import pytest

from tests.trainingset.catalogs import object_table, write_catalog
from trainingset.errors import RecipeError
from trainingset.make import make_training_set
from trainingset.order import InputFile, Order
from trainingset.registry import CatalogEntry

# In one process: writing the catalog takes long.
pytestmark = pytest.mark.xdist_group("format_limits")

EXTRA = [f"c{number}" for number in range(1000)]
OBJECTS = object_table(clumps=2, members=3)


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory) -> CatalogEntry:
    return write_catalog(OBJECTS, tmp_path_factory.mktemp("objects") / "objects", partition_rows=1000)


@pytest.mark.parametrize(
    ("request_fields", "parameter"),
    [({"responseformat": "fits"}, "RESPONSEFORMAT"), ({"formats": ["csv", "fits"]}, "FORMATS")],
)
def test_more_columns_than_fits_holds_are_refused(
    request_fields: dict[str, object], parameter: str, entry: CatalogEntry, tmp_path: Path
) -> None:
    wide = tmp_path / "wide.csv"
    row = {"ra": OBJECTS["coord_ra"][0], "dec": OBJECTS["coord_dec"][0], "z": 0.5} | dict.fromkeys(EXTRA, 1)
    wide.write_text(",".join(row) + "\n" + ",".join(str(value) for value in row.values()) + "\n")
    order = Order(
        request={"catalog": entry.id, "redshifts": "mine", "flux": ["psf"], **request_fields},
        catalogs=(entry,),
        inputs={"mine": InputFile(name="wide.csv", path=str(wide))},
        folder=str(tmp_path),
    )

    with pytest.raises(RecipeError) as refusal:
        make_training_set(order)

    (problem,) = refusal.value.problems
    assert (problem.parameter, problem.limit) == (parameter, "999")
    assert "at most 999 columns" in problem.message
