"""Recipes against catalog card and table profile: everything wrong is found at once, everything open is resolved."""

import subprocess
import sys
from typing import Any

import pytest

from tests.trainingset.builders import a_card, a_column, a_profile, an_entry
from trainingset.check import check_recipe, object_condition_columns
from trainingset.columns import ColumnType
from trainingset.errors import Problem, RecipeError
from trainingset.profile import TableProfile
from trainingset.recipe import CrossmatchRecipe, validate_recipe
from trainingset.registry import BandNumbers, CatalogCard

BAD_ROWS = Problem(parameter="REDSHIFTS", message="no finite value in 2 rows", column="ra", rows=(3, 7))


def checked(
    *, card: CatalogCard | None = None, table: TableProfile | Problem | None = None, **values: Any
) -> CrossmatchRecipe:
    card = a_card() if card is None else card
    return check_recipe(
        validate_recipe({"catalog": "mock.object", "redshifts": "mine"} | values),
        card_of={card.entry.id: card}.get,
        catalog_ids=[card.entry.id],
        table=a_profile() if table is None else table,
    )


def problems_of(**values: Any) -> list[Problem]:
    with pytest.raises(RecipeError) as caught:
        checked(**values)
    return list(caught.value.problems)


def only_problem(**values: Any) -> Problem:
    (problem,) = problems_of(**values)
    return problem


def test_sound_recipe_gets_the_default_radius_of_its_catalog():
    assert checked().radius_arcsec == 0.75
    assert checked(radius_arcsec=2).radius_arcsec == 2


def test_resolved_columns_are_those_of_the_result_once_and_in_order():
    recipe = checked(columns="shapes,tract,coord_ra", card=a_card(an_entry(bands=("i",))))

    assert recipe.columns == (
        "objectId",
        "coord_ra",
        "coord_dec",
        "tract",
        "refExtendedness",
        "i_gaap1p0Flux",
        "i_gaap1p0FluxErr",
        "i_gaapFlux_flag",
        "shape_xx",
        "shape_yy",
    )


def test_groups_expand_to_each_band():
    assert {"g_blendedness", "r_blendedness", "i_blendedness"} <= set(checked(columns="blending").columns)


def test_checking_a_resolved_recipe_changes_nothing():
    once = checked(columns="shapes", flux="psf,gaap1p0")

    assert checked(**once.model_dump(mode="json")) == once


def test_radius_may_equal_the_margin():
    assert checked(radius_arcsec=5).radius_arcsec == 5


def test_radius_above_the_margin_is_refused_with_both_numbers():
    problem = only_problem(radius_arcsec=7.5)

    assert problem.parameter == "RADIUS"
    assert "7.5 arcsec" in problem.message
    assert "5 arcsec, the margin of mock.object" in problem.message
    assert (problem.value, problem.limit) == ("7.5", "5 arcsec")


def test_default_radius_above_the_margin_is_refused_too():
    assert only_problem(card=a_card(margin_arcsec=0.5)).parameter == "RADIUS"


def test_catalog_without_a_margin_is_refused():
    problem = only_problem(card=a_card(margin_arcsec=None))

    assert problem.parameter == "CATALOG"
    assert "no margin" in problem.message


def test_unknown_catalog_names_those_that_are_close():
    problem = only_problem(catalog="mock.objects")

    assert (problem.parameter, problem.value) == ("CATALOG", "mock.objects")
    assert "did you mean mock.object?" in problem.message


@pytest.mark.parametrize(
    ("values", "parameter", "told"),
    [
        ({"columns": "shape_xy"}, "COLUMNS", "did you mean"),
        ({"columns": "nothing_like_it"}, "COLUMNS", "no column or group 'nothing_like_it'"),
        ({"flux": "gaap1p"}, "FLUX", "did you mean gaap1p0?"),
        ({"flux": "kron"}, "FLUX", "there are gaap1p0, psf"),
        ({"where": "i_psfFlx > 3"}, "WHERE", "did you mean i_psfFlux"),
        ({"where": "i_psfFlux >"}, "WHERE", "something is missing"),
        ({"redshifts_where": "zz > 3"}, "REDSHIFTS_WHERE", "no"),
        ({"redshifts_where": "i_psfFlux > 3"}, "REDSHIFTS_WHERE", "does not have"),
        ({"where": "z > 0.1 OR nope = 2"}, "WHERE", "'nope'"),
        ({"roles": "z=zspec"}, "ROLES", "z=zspec: the redshift table has no column 'zspec'"),
        ({"roles": "z=survey"}, "ROLES", "holds string values and no numbers"),
    ],
)
def test_what_catalog_or_table_lack_is_a_problem_of_its_parameter(values, parameter, told):
    found = problems_of(**values)

    assert parameter in {problem.parameter for problem in found}
    assert told in " ".join(problem.message for problem in found)


def test_derived_columns_of_every_kind_may_be_constrained():
    where = "i_psfSNR > 5 AND g_gaap1p0Mag BETWEEN 18 AND 25 AND r_state = 'detected'"

    assert checked(where=where).where == where


def test_derived_names_hide_columns_of_the_same_name():
    card = a_card()
    card = card.model_copy(update={"columns": (*card.columns, a_column("i_psfMag", ColumnType.STRING))})

    assert object_condition_columns(card, ("psf",))["i_psfMag"] == ColumnType.FLOAT64


ZERO_POINTS = BandNumbers(values={"g": 0.023, "r": 0.001, "i": -0.011}, source="Notes")


def a_corrected_card(**changes: Any) -> CatalogCard:
    """A catalog whose magnitudes can be corrected; ``ebv`` is not among its default columns."""
    entry = an_entry(**({"ebv_column": "ebv", "zero_points": ZERO_POINTS, "groups": {"dust": ("ebv",)}} | changes))
    return a_card(entry)


def test_dereddening_brings_the_column_of_dust_into_the_result():
    card = a_corrected_card()

    assert "ebv" not in checked(card=card).columns
    assert "ebv" in checked(card=card, dereddening="rail").columns


def test_dereddened_magnitudes_may_be_constrained_where_there_are_some():
    where = "i_psfMag_dered < 25 AND g_gaap1p0Mag_dered - r_gaap1p0Mag_dered > 0.5"

    assert checked(card=a_corrected_card(), dereddening="sf11", where=where).where == where
    assert only_problem(card=a_corrected_card(), where="i_psfMag_dered < 25").parameter == "WHERE"


@pytest.mark.parametrize(
    ("card", "recipe", "parameter", "told"),
    [
        (a_corrected_card(), {"dereddening": "rail", "magnitudes": False}, "DEREDDEN", "MAGNITUDES=false"),
        (a_corrected_card(is_dereddened=True), {"dereddening": "rail"}, "DEREDDEN", "double dereddening"),
        (a_corrected_card(ebv_column=None), {"dereddening": "sf11"}, "DEREDDEN", "no registered column with E(B-V)"),
        (a_corrected_card(ebv_column="EBV"), {"dereddening": "sf11"}, "DEREDDEN", "lacks the column 'EBV'"),
        (
            a_corrected_card(bands=("g", "v", "w")),
            {"dereddening": "rail"},
            "DEREDDEN",
            "the coefficients 'rail' do not tell bands v, w of mock.object",
        ),
        (a_corrected_card(), {"zero_points": "release", "magnitudes": False}, "ZEROPOINTS", "MAGNITUDES=false"),
        (
            a_corrected_card(zero_points=None),
            {"zero_points": "release"},
            "ZEROPOINTS",
            "registered for mock.object DP1",
        ),
        (a_corrected_card(bands=("g", "z")), {"zero_points": "release"}, "ZEROPOINTS", "do not tell band z"),
        (a_card(), {"split": "train=1", "split_by": "field"}, "SPLIT_BY", "split by sky"),
        (a_card(), {"formats": "hdf5", "magnitudes": False}, "FORMATS", "MAGNITUDES=false"),
        (a_card(), {"responseformat": "hdf5", "magnitudes": False}, "RESPONSEFORMAT", "ask for another format"),
    ],
)
def test_what_cannot_be_done_with_a_catalog_says_what_to_do_instead(card, recipe, parameter, told):
    problem = only_problem(card=card, **recipe)

    assert problem.parameter == parameter
    assert told in problem.message


def test_corrections_are_not_asked_for_bands_that_the_catalog_lacks():
    card = a_corrected_card(bands=("g", "w"))
    card = card.model_copy(update={"columns": tuple(c for c in card.columns if not c.name.startswith("w_"))})

    assert checked(card=card, dereddening="rail", zero_points="release").dereddening == "rail"


def test_surveys_can_be_kept_whole_where_a_column_tells_them():
    unknown = a_profile(roles={"ra": "ra", "dec": "dec", "z": "z"})
    split = {"split": "train=0.5,test=0.5", "split_by": "survey"}

    problem = only_problem(table=unknown, **split)

    assert problem.parameter == "SPLIT_BY"
    assert "ROLES=survey=COLUMN" in problem.message
    assert checked(table=unknown, roles="survey=survey", **split).split_by == "survey"
    assert checked(**split).split_by == "survey"


def test_a_way_of_splitting_without_a_split_asks_for_nothing():
    assert checked(split_by="field").split == {}


def test_redshift_is_a_name_for_the_column_that_holds_it():
    assert checked(redshifts_where="redshift > 0.1 AND survey LIKE 'D%'").redshifts_where


def test_roles_that_were_not_found_are_mended_by_the_recipe():
    missing = Problem(parameter="ROLES", message="no column is known as redshift", value="z")
    table = a_profile(
        columns=(a_column("ra"), a_column("dec"), a_column("q")),
        roles={"ra": "ra", "dec": "dec"},
        role_problems=(missing,),
    )

    assert only_problem(table=table) == missing
    assert checked(table=table, roles="z=q").roles == {"z": "q"}


def test_bad_rows_are_refused_unless_they_may_be_dropped():
    table = a_profile(bad_coordinate_rows=2, coordinate_problems=(BAD_ROWS,))

    assert only_problem(table=table) == BAD_ROWS
    assert checked(table=table, bad_rows="drop")


def test_a_table_of_bad_rows_alone_cannot_be_dropped():
    table = a_profile(bad_coordinate_rows=10, coordinate_problems=(BAD_ROWS,))

    assert only_problem(table=table, bad_rows="drop") == BAD_ROWS


def test_bad_rows_wait_for_a_constraint_that_may_leave_them_out():
    table = a_profile(bad_coordinate_rows=2, coordinate_problems=(BAD_ROWS,))

    assert checked(table=table, redshifts_where="ra IS NOT NULL")


def test_no_sky_in_common_is_told_before_anything_is_computed():
    table = a_profile(coverage_order=5, coverage_pixels=(16 * 300,), notes=("They may be radians.",))
    problem = only_problem(table=table)

    assert problem.parameter == "REDSHIFTS"
    assert "no sky in common" in problem.message
    assert "HOW=left" in problem.message
    assert "radians" in problem.message


def test_unmatched_redshifts_are_kept_without_common_sky():
    assert checked(table=a_profile(coverage_pixels=(3000,)), how="left")


def test_coverage_of_other_columns_than_the_chosen_ones_says_nothing():
    assert checked(table=a_profile(coverage_pixels=(3000,)), roles="ra=z,dec=dec")


def test_table_that_was_rejected_is_told_with_the_rest():
    rejected = Problem(parameter="REDSHIFTS", message="is empty. Send it again.")

    assert {problem.parameter for problem in problems_of(table=rejected, radius_arcsec=9)} == {"REDSHIFTS", "RADIUS"}


def test_all_problems_come_together_each_once_in_the_order_of_parameters():
    extra = Problem(parameter="UPLOAD", message="names no field of the form")
    draft = validate_recipe(
        {"catalog": "mock.object", "redshifts": "mine", "seed": "x", "columns": "nope", "radius_arcsec": 9}
    )
    card = a_card()

    with pytest.raises(RecipeError) as caught:
        check_recipe(draft, problems=[extra, extra], card_of=lambda _: card, catalog_ids=[card.entry.id], table=None)

    assert [problem.parameter for problem in caught.value.problems] == ["UPLOAD", "RADIUS", "COLUMNS", "SEED"]


def test_refused_fields_are_not_checked_again():
    draft = validate_recipe({"catalog": 3, "redshifts": "mine", "radius_arcsec": -1})

    with pytest.raises(RecipeError) as caught:
        check_recipe(draft, card_of=lambda _: None, catalog_ids=[], table=None)

    assert [problem.parameter for problem in caught.value.problems] == ["CATALOG", "RADIUS"]


@pytest.mark.parametrize("module", ["check", "expression", "corrections", "derived", "profile", "roles"])
def test_light_modules_load_no_heavy_library(module):
    heavy = "{'numpy', 'pandas', 'pyarrow', 'astropy', 'lsdb', 'sqlglot', 'scipy'}"
    script = f"import sys, trainingset.{module}; print(*{heavy} & set(sys.modules))"

    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == ""
