"""The LSDB script of a recipe runs as printed and makes the same pairs and subsets."""

import ast
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainingset.card import read_card
from trainingset.columns import ColumnType
from trainingset.condition_code import CONDITION_FUNCTIONS, NotExpressibleError, condition_code
from trainingset.expression import parse_condition
from trainingset.expression_arrow import rows_where
from trainingset.lsdb_script import ScriptInputs, lsdb_script
from trainingset.make import make_training_set
from trainingset.order import InputFile, Order
from trainingset.recipe import CrossmatchRecipe
from trainingset.registry import CatalogEntry
from trainingset.selection import ObjectConstraint
from trainingset.split import SAME_OBJECT_ARCSEC

ROLES = {"ra": "ra", "dec": "dec", "z": "z", "z_err": "z_err", "id": "id", "survey": "survey"}
ROLES |= {"quality_flag": "quality_flag", "instrument_type": "instrument"}


@pytest.fixture(scope="module")
def redshifts(objects: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Redshifts around objects, some measured twice under one id, some of nothing."""
    rng = np.random.default_rng(5)
    which = rng.choice(objects.num_rows, 400)
    ra, dec = (objects[name].to_numpy()[which] for name in ("coord_ra", "coord_dec"))
    dec = np.clip(dec + rng.normal(0, 0.4, 400) / 3600, -90, 90)
    table = pa.table(
        {
            "id": pa.array([None if row % 50 == 0 else row // 2 * 1.0 for row in range(430)]),
            "ra": np.append(ra, rng.uniform(0, 360, 30)),
            "dec": np.append(dec, rng.uniform(-80, 80, 30)),
            "z": rng.uniform(0.1, 2, 430),
            "z_err": rng.choice([0.0, 0.001, 0.002], 430),
            "survey": rng.choice(["AL:PHA", "BETA", ""], 430),
            "quality_flag": rng.choice([2.0, 3.0, 4.0, 6.0, np.nan], 430),
            "instrument": rng.choice(["Slit", "grism", "phot", None], 430),
            "ebv": np.zeros(430),
        }
    )
    path = tmp_path_factory.mktemp("specz") / "mine.parquet"
    pq.write_table(table, path)
    return path


def made_by_us(entry: CatalogEntry, redshifts: Path, folder: Path, **request: object) -> tuple[Any, pd.DataFrame]:
    source = InputFile(name="mine.parquet", path=str(redshifts), sha256="0" * 64, size=1)
    request = {"catalog": "objects", "redshifts": "mine", "flux": "psf", "radius_arcsec": 1.5, **request}
    request |= {"responseformat": "parquet", "roles": ROLES}
    folder.mkdir()
    files = make_training_set(Order(request=request, catalogs=(entry,), inputs={"mine": source}, folder=str(folder)))
    rows = pq.read_table(folder / "training_set.parquet").to_pandas(types_mapper=pd.ArrowDtype)
    return CrossmatchRecipe.model_validate(files.recipe), rows


def made_by_script(code: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    (folder / "script.py").write_text(code)
    monkeypatch.chdir(folder)
    runpy.run_path("script.py", run_name="__main__")
    return pd.read_parquet("training_set_lsdb.parquet", dtype_backend="pyarrow")


def values_of(rows: pd.DataFrame, name: str) -> list[object]:
    return [None if pd.isna(value) else value for value in rows[name]]


RECIPES: dict[str, dict[str, object]] = {
    "best redshift of each object, split by object": {
        "how": "left",
        "split": "train=0.6,validation=0.2,test=0.2",
        "seed": 3,
    },
    "all pairs, split exactly": {
        "match": "all",
        "neighbors": 3,
        "unique": "none",
        "split": "a=0.5,b=0.5",
        "split_exact": True,
    },
    "mutual pairs, split by sky": {"match": "mutual", "unique": "nearest", "split": "a=0.5,b=0.5", "split_by": "sky"},
    "objects cut before, split by survey": {
        "where": "i_psfSNR > 8 AND NOT i_psfFlux_flag",
        "where_order": "before",
        "split": "a=0.5,b=0.5",
        "split_by": "survey",
    },
    "cut after, redshifts cut, first rows": {
        "where": "i_psfMag < 24 OR ebv > 0.05",
        "redshifts_where": "redshift > 0.3 AND survey <> 'BETA'",
        "how": "left",
        "maxrec": 100,
    },
}


@pytest.mark.parametrize("title", RECIPES)
def test_the_script_makes_the_same_rows(
    title: str, coarse: CatalogEntry, redshifts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, expected = made_by_us(coarse, redshifts, tmp_path / "made", **RECIPES[title])
    where = recipe.where and ObjectConstraint.read(recipe.where, read_card(coarse), recipe.flux).condition
    types = {"redshift": ColumnType.FLOAT64, "survey": ColumnType.STRING}
    code = recipe.to_lsdb_code(
        catalog_path=coarse.path,
        redshifts_path=str(redshifts),
        where=where,
        redshifts_where=recipe.redshifts_where and parse_condition(recipe.redshifts_where, types),
    )

    found = made_by_script(code, tmp_path, monkeypatch)

    assert len(expected) > 50
    compared = ["redshift_key", "objectId", "redshift", "ebv", "ebv_specz", *(["subset"] if recipe.split else [])]
    for name in compared:
        assert values_of(found, name) == values_of(expected, name), name
    for name in ("separation_arcsec", "i_psfMag", "i_psfMagErr"):
        found_values, values = (frame[name].to_numpy(float, na_value=np.nan) for frame in (found, expected))
        np.testing.assert_allclose(found_values, values, atol=2e-6, rtol=1e-6)


def test_the_script_joins_objects_as_the_split_does() -> None:
    recipe = CrossmatchRecipe(catalog="c", redshifts="mine", radius_arcsec=1, split={"a": 1.0})
    code = lsdb_script(recipe, an_input())
    assert f"np.radians({SAME_OBJECT_ARCSEC} / 3600)" in code


def test_what_is_not_told_is_asked_for() -> None:
    with pytest.raises(ValueError, match=r"radius_arcsec, columns .*object id"):
        CrossmatchRecipe(catalog="c", redshifts="mine").to_lsdb_code(catalog_path="c", redshifts_path="r")


def test_what_the_script_cannot_do_is_said_in_its_head() -> None:
    recipe = CrossmatchRecipe(
        catalog="c",
        redshifts="mine",
        radius_arcsec=1,
        where="MOD(objectId, 2) = 0",
        dereddening="sf11",
        zero_points="release",
        split={"a": 1.0},
        split_by="field",
    )
    head = lsdb_script(recipe, an_input()).partition("import")[0]
    assert all(
        text in head for text in ("WHERE: MOD(objectId, 2) = 0", "DEREDDEN=sf11", "ZEROPOINTS", "SPLIT_BY=field")
    )


@pytest.mark.parametrize(
    ("where", "recipe"),
    [
        ("i_psfMag_dered < 24", {"dereddening": "sf11"}),
        ("i_state = 'detected'", {}),
        ("i_psfMag < 24", {"zero_points": "release"}),
        ("r_cModelSNR > 5", {}),
    ],
)
def test_a_constraint_on_what_only_the_service_computes_is_said_in_the_head(where: str, recipe: dict[str, Any]) -> None:
    types = dict.fromkeys(("i_psfMag_dered", "i_psfMag", "r_cModelSNR"), ColumnType.FLOAT64)
    condition = parse_condition(where, types | {"i_state": ColumnType.STRING})
    asked = CrossmatchRecipe(catalog="c", redshifts="mine", radius_arcsec=1, flux=["psf"], where=where, **recipe)

    script = lsdb_script(asked, an_input(where=condition))

    name = where.partition(" ")[0]
    assert f"# - WHERE: {where} (the service computes {name}" in script
    assert f"'{name}',\n" not in script
    assert "objects_wanted" not in script


def an_input(**changes: Any) -> ScriptInputs:
    values: dict[str, Any] = {
        "catalog_path": "/c",
        "redshifts_path": "/r.parquet",
        "columns": ("objectId", "coord_ra", "coord_dec", "i_psfFlux", "i_psfFluxErr"),
        "roles": {role: role for role in (*ROLES, "group")},
    }
    return ScriptInputs(**(values | changes))


def shape_of(code: str) -> str:
    """What the script does, without the constants that it holds."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = None
    return ast.dump(tree)


hostile = st.text(min_size=1, max_size=30) | st.sampled_from(
    [
        "'); import os; os.abort()  #",
        '"""',
        "\\",
        "\n import os",
        "{os}",
        "#\r x = 1",
        "a\u2028b = 1",
        "\x0cq",
        "%s",
        "\0",
    ]
)


def test_a_resolved_recipe_needs_no_more_to_be_told() -> None:
    columns = ("objectId", "coord_ra", "coord_dec", "i_psfFlux", "i_psfFluxErr")
    recipe = CrossmatchRecipe(catalog="lsst_dp1", redshifts="mine", radius_arcsec=1, columns=columns)

    code = recipe.to_lsdb_code()

    compile(code, "script", "exec")
    assert "'lsst_dp1'" in code
    assert "'redshifts.parquet'" in code


@settings(max_examples=40)
@given(names=st.lists(hostile, min_size=16, max_size=16))
def test_no_name_becomes_code(names: list[str]) -> None:
    def script(names: list[str]) -> str:
        recipe = CrossmatchRecipe.model_construct(
            **CrossmatchRecipe(
                catalog="c", redshifts="mine", radius_arcsec=1, split={"a": 1.0}, split_by="survey"
            ).model_dump()
            | {"catalog": names[0], "where": names[1], "redshifts_where": names[2]}
        )
        roles = dict(
            zip(["ra", "dec", "z", "z_err", "id", "survey", "group", "quality_flag"], names[3:11], strict=True)
        )
        inputs = an_input(
            catalog_path=names[11],
            redshifts_path=f"{names[12]}.fits",
            notes=(names[14],),
            roles={role: f"n{name}" for role, name in roles.items()},
            columns=(f"o{names[15]}", "coord_ra", "coord_dec"),
        )
        return lsdb_script(recipe, inputs)

    assert shape_of(script(names)) == shape_of(script(["plain"] * 16))


TABLE = pa.table(
    {
        "x": pa.array([1.5, -2.0, None, np.nan, 0.0, 2.5], pa.float32()),
        "n": pa.array([1, -2, None, 4, 2**60 + 1, 2**60], pa.int64()),
        "name": pa.array(["ab", "a%b", None, "", "A\nb", "it's"]),
        "flag": pa.array([True, False, None, True, False, None]),
    }
)
TYPES = {"x": ColumnType.FLOAT32, "n": ColumnType.INT64, "name": ColumnType.STRING, "flag": ColumnType.BOOLEAN}


@pytest.mark.parametrize(
    "text",
    [
        "x > 1",
        "x <> 1.5",
        "NOT x = 1.5",
        "x IS NULL",
        "x IS NOT NULL AND NOT flag",
        "x IN (1.5, 0)",
        "x NOT IN (1.5, -2)",
        "x + 1 / 2 - -1 >= 2.5 * n",
        "ABS(x) < 2 OR SQRT(x) > 1.5",
        "ROUND(x) = 3 OR CEILING(x) = 2 OR FLOOR(x) = -2",
        "POWER(x, 2) = 4 OR LOG10(x) < 0.2 OR EXP(x) < 1 OR MOD(x, 2) = 0.5",
        "n = 1152921504606846977",
        "n <> 1152921504606846977",
        "n IN (4, 1152921504606846976)",
        "n NOT IN (4)",
        "n > -3 AND n IS NOT NULL",
        "n > 0.5",
        "n IS NULL OR name IS NULL",
        "name = 'it''s'",
        "name <> 'ab'",
        "name LIKE 'a%' OR name LIKE '_\nb'",
        "NOT name LIKE 'a%'",
        "name IN ('ab', '')",
        "name NOT IN ('ab', '')",
        "flag",
        "NOT flag",
        "flag = TRUE",
        "flag <> TRUE",
        "flag IS NULL",
        "NOT (flag OR x > 1)",
        "x BETWEEN -2 AND 0",
    ],
)
def test_conditions_are_true_on_the_same_rows_as_ours(text: str) -> None:
    condition = parse_condition(text, TYPES)
    rows = TABLE.to_pandas(types_mapper=pd.ArrowDtype)
    namespace: dict[str, Any] = {"np": np, "pd": pd, "re": __import__("re"), "rows": rows}
    exec(CONDITION_FUNCTIONS, namespace)
    with np.errstate(all="ignore"):
        found = eval(condition_code(condition, sources={}), namespace)
    assert np.asarray(found).tolist() == rows_where(condition, TABLE).tolist()


@pytest.mark.parametrize("text", ["n + 1 = 2", "MOD(n, 2) = 0", "-n = 2"])
def test_whole_numbers_are_not_reckoned_with_as_doubles(text: str) -> None:
    with pytest.raises(NotExpressibleError, match="whole numbers"):
        condition_code(parse_condition(text, TYPES), sources={})
