"""Select lists: which columns come out, under which names, and what is said of wrong ones."""

import pytest

from trainingset.columns import ColumnDescription, ColumnType
from trainingset.errors import RecipeError
from trainingset.query.outputs import Outputs, read_outputs

KNOWN = {
    "objects": {
        "ra": ColumnDescription(name="ra", datatype=ColumnType.FLOAT64, unit="deg", ucd="pos.eq.ra"),
        "objectId": ColumnDescription(name="objectId", datatype=ColumnType.INT64),
        "i_extended": ColumnDescription(name="i_extended", datatype=ColumnType.BOOLEAN),
    },
    "redshifts": {
        "RA": ColumnDescription(name="RA", datatype=ColumnType.FLOAT32, unit="deg"),
        "z": ColumnDescription(name="z", datatype=ColumnType.FLOAT64),
        "n": ColumnDescription(name="n", datatype=ColumnType.INT32),
    },
    "pairs": {"separation_arcsec": ColumnDescription(name="separation_arcsec", datatype=ColumnType.FLOAT64)},
}


def outputs(text: str) -> Outputs:
    return read_outputs(text, KNOWN)


def test_stars_and_names_come_out_in_their_order_and_keep_what_is_known_of_them() -> None:
    found = outputs("redshifts.z AS z_sent, objects.*, separation_arcsec")
    assert [output.column.name for output in found.columns] == [
        "z_sent", "ra", "objectId", "i_extended", "separation_arcsec",
    ]  # fmt: skip
    assert found.columns[1].column.unit == "deg"
    assert found.used_of("objects") == ("i_extended", "objectId", "ra")
    assert found.used_of("redshifts") == ("z",)
    assert found.top is None


def test_names_that_differ_in_case_alone_are_made_different() -> None:
    assert [output.column.name for output in outputs("*").columns] == ["ra", "objectId", "i_extended", "RA_2", "z", "n"]


@pytest.mark.parametrize(
    ("value", "datatype"),
    [("z * 2", ColumnType.FLOAT64), ("n + 1", ColumnType.INT64), ("n / 2", ColumnType.FLOAT64), ("SQRT(n)", "float64"),
     ("'text'", ColumnType.STRING), ("-3", ColumnType.INT64), ("i_extended", ColumnType.BOOLEAN)],
)  # fmt: skip
def test_what_is_computed_has_a_type_and_a_name(value: str, datatype: str) -> None:
    (found,) = outputs(f"{value} AS made").columns
    assert (found.column.name, found.column.datatype) == ("made", datatype)
    assert [output.column.name for output in outputs("z+1, z+2").columns] == ["expression", "expression_2"]


def test_of_a_side_that_nobody_knows_yet_nothing_is_refused() -> None:
    objects_alone = {"objects": KNOWN["objects"], "pairs": KNOWN["pairs"]}
    found = read_outputs("TOP 7 redshifts.anything, something, objectId", objects_alone)
    assert (found.top, found.used_of("objects")) == (7, ("objectId",))


def test_rows_are_sorted_by_what_is_in_the_list() -> None:
    found = outputs("redshifts.z AS zz, n + 1, objectId ORDER BY ZZ DESC, 2, objects.objectId, redshifts.z")
    assert found.order == (("zz", True), ("expression", False), ("objectId", False), ("zz", False))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("redshifts.zz", "names the column 'redshifts.zz', which the table does not have; did you mean redshifts.z"),
        ("ra", "names 'ra', which is objects.ra or redshifts.ra; write which"),
        ("t.z", "names a column of 't'; there are objects, redshifts and pairs"),
        ("t.*", "asks for t.*; there are objects.*, redshifts.* and pairs.*"),
        ("z FROM objects", "'FROM' is no part of a select list"),
        ("i_extended + 1", "gives the flag 'objects.i_extended' to arithmetic, which needs a number"),
        ("z > 1", "takes the outcome of one comparison as the value of another"),
        (
            "DISTANCE(1, 2, 3, 4)",
            "has DISTANCE, which no select list can compute; pairs.separation_arcsec is the separation",
        ),
        ("z ORDER BY n", "sorts by n, which is no item of the list; select it as well"),
        ("z ORDER BY 2", "sorts by 2, which is no item of the list"),
        ("z ORDER BY nothing", "names the column 'objects.nothing', which the table does not have"),
        ("POWER(z)", "calls POWER with 1 arguments; it takes 2"),
    ],
)
def test_a_wrong_list_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        outputs(text)
    assert message in str(caught.value)
