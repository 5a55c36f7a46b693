"""Which column means what: UCD before name, the surest name first, and a question where several would do."""

import pytest

from tests.trainingset.builders import a_column
from trainingset.columns import ColumnDescription, ColumnType
from trainingset.roles import find_roles


def columns_of(*names: str) -> list[ColumnDescription]:
    return [a_column(name) for name in names]


@pytest.mark.parametrize(
    ("names", "roles"),
    [
        (("ra", "dec", "z"), {"ra": "ra", "dec": "dec", "z": "z"}),
        (("RAJ2000", "DEJ2000", "zsp"), {"ra": "RAJ2000", "dec": "DEJ2000", "z": "zsp"}),
        (
            ("RA_ICRS", "DE_ICRS", "Redshift", "e_z"),
            {"ra": "RA_ICRS", "dec": "DE_ICRS", "z": "Redshift", "z_err": "e_z"},
        ),
        (("coord_ra", "coord_dec", "Z_BEST"), {"ra": "coord_ra", "dec": "coord_dec", "z": "Z_BEST"}),
        (("alpha", "delta", "zspec"), {"ra": "alpha", "dec": "delta", "z": "zspec"}),
        (("TARGET_RA", "TARGET_DEC", "Z", "ZERR"), {"ra": "TARGET_RA", "dec": "TARGET_DEC", "z": "Z", "z_err": "ZERR"}),
        (("ra", "raj2000", "dec", "z"), {"ra": "ra", "dec": "dec", "z": "z"}),
    ],
)
def test_well_known_names_are_found_whatever_their_case(names, roles):
    found = find_roles(columns_of(*names))

    assert found.roles == roles
    assert found.problems == ()


def test_ucd_goes_before_name():
    columns = [
        a_column("ra"),
        a_column("alpha_star", ucd="POS.EQ.RA;META.MAIN"),
        a_column("delta_star", ucd="pos.eq.dec"),
        a_column("v", ucd="src.redshift"),
        a_column("source_name", ColumnType.STRING, ucd="meta.id;meta.main"),
    ]

    found = find_roles(columns)

    assert found.roles == {"ra": "alpha_star", "dec": "delta_star", "z": "v", "id": "source_name"}
    assert found.evidence["ra"] == "UCD POS.EQ.RA;META.MAIN"


def test_main_position_goes_before_others_of_the_same_kind():
    columns = [
        a_column("ra_b", ucd="pos.eq.ra"),
        a_column("ra_a", ucd="pos.eq.ra;meta.main"),
        a_column("dec", ucd="pos.eq.dec"),
        a_column("z"),
    ]

    assert find_roles(columns).roles["ra"] == "ra_a"


def test_well_known_name_decides_between_equal_ucds():
    columns = [a_column("ra_b1950", ucd="pos.eq.ra"), a_column("RA", ucd="pos.eq.ra"), a_column("dec"), a_column("z")]

    assert find_roles(columns).roles["ra"] == "RA"


def test_positions_of_redshift_and_object_in_one_table_are_a_question():
    main = "pos.eq.ra;meta.main"
    columns = [a_column("ra", ucd=main), a_column("coord_ra", ucd=main), a_column("dec"), a_column("z")]

    (problem,) = find_roles(columns).problems

    assert "'ra' and 'coord_ra' may each be the right ascension, by UCD" in problem.message


def test_numbers_go_before_sexagesimal_text():
    columns = [
        a_column("RAJ2000", ColumnType.STRING, ucd="pos.eq.ra;meta.main"),
        a_column("_RAJ2000", ucd="pos.eq.ra"),
        a_column("dec"),
        a_column("z"),
    ]

    assert find_roles(columns).roles["ra"] == "_RAJ2000"


def test_names_that_differ_in_case_alone_are_a_question():
    (problem,) = find_roles(columns_of("ra", "RA", "dec", "z")).problems

    assert (problem.parameter, problem.value) == ("ROLES", "ra")
    assert "'ra' and 'RA' may each be the right ascension" in problem.message
    assert "ROLES=ra=ra or ROLES=ra=RA" in problem.message


def test_several_redshifts_are_a_question():
    (problem,) = find_roles(columns_of("ra", "dec", "z", "zspec")).problems

    assert problem.value == "z"
    assert "'z' and 'zspec' may each be the redshift" in problem.message


def test_photometric_redshifts_alone_are_no_redshifts():
    (problem,) = find_roles(columns_of("ra", "dec", "zphot")).problems

    assert "no column of the redshift table is known as redshift" in problem.message
    assert "ra, dec, zphot" in problem.message


def test_given_roles_answer_every_question():
    found = find_roles(columns_of("ra", "RA", "dec", "z", "zspec"), {"ra": "RA", "z": "zspec"})

    assert found.problems == ()
    assert (found.roles["ra"], found.roles["z"], found.evidence["ra"]) == ("RA", "zspec", "given")


def test_a_given_column_fills_no_second_role():
    assert "z" not in find_roles(columns_of("ra", "dec", "z"), {"z_err": "z"}).roles


def test_wrong_given_roles_are_told_together():
    columns = [*columns_of("ra", "dec", "z"), a_column("name", ColumnType.STRING)]

    problems = find_roles(columns, {"ra": "RAA", "z": "name"}).problems

    assert "did you mean ra?" in problems[0].message
    assert "holds string values and no numbers" in problems[1].message
    assert [problem.value for problem in problems] == ["ra", "z"]


@pytest.mark.parametrize("given", [{"ra": "z", "dec": "z"}, {"z": "z", "z_err": "z"}, {"id": "dec", "dec": "dec"}])
def test_one_column_for_a_required_role_and_another_is_told(given):
    found = find_roles(columns_of("ra", "dec", "z"), given)

    (problem,) = [problem for problem in found.problems if "cannot be all" in problem.message]
    assert (problem.parameter, problem.column) == ("ROLES", next(iter(given.values())))
    assert all(f"{role}={name}" in problem.message for role, name in given.items())


def test_one_column_may_be_two_optional_roles():
    given = {"survey": "field", "group": "field"}

    found = find_roles([*columns_of("ra", "dec", "z"), a_column("field", ColumnType.STRING)], given)

    assert (found.problems, found.roles["survey"], found.roles["group"]) == ((), "field", "field")


def test_every_missing_role_is_told():
    assert [problem.value for problem in find_roles(columns_of("x", "y")).problems] == ["ra", "dec", "z"]


def test_optional_roles_stay_empty_without_a_clear_answer():
    found = find_roles([*columns_of("ra", "dec", "z"), a_column("id"), a_column("ID")])

    assert "id" not in found.roles
    assert found.problems == ()
