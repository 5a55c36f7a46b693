"""Mutual pairs, agreement and preference agree with plain Python, whatever the order of rows."""

from statistics import median

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainingset.recipe import Unique
from trainingset.unique import Preference, agreement, is_kept, is_mutual

few = settings(max_examples=40)
N_REDSHIFTS = 6
SEPARATIONS = [0.1, 0.2, 0.3]


@st.composite
def pair_tables(draw: st.DrawFn) -> pd.DataFrame:
    """All pairs within a radius, ranked by separation then object, in any order."""
    keys = draw(st.sets(st.tuples(st.integers(0, N_REDSHIFTS - 1), st.integers(0, 4)), min_size=1, max_size=15))
    pairs = pd.DataFrame(
        [(row, obj, draw(st.sampled_from(SEPARATIONS))) for row, obj in sorted(keys)],
        columns=["row", "object", "separation_arcsec"],
    ).sort_values(["row", "separation_arcsec", "object"])
    pairs["match_rank"] = pairs.groupby("row").cumcount() + 1
    return pairs.iloc[draw(st.permutations(range(len(pairs))))].reset_index(drop=True)


@st.composite
def redshift_tables(draw: st.DrawFn) -> pa.Table:
    def column(values: list[object], datatype: pa.DataType) -> pa.Array:
        return pa.array(draw(st.lists(st.sampled_from(values), min_size=6, max_size=6)), datatype)

    return pa.table(
        {
            "redshift_key": draw(st.permutations([f"s:{row}" for row in range(N_REDSHIFTS)])),
            "flag": column([None, 0.0, 3.0, 4.0, 6.0, np.nan], pa.float64()),
            "type": column([None, "s", "G", "p", "?"], pa.string()),
            "err": column([None, 0.0, 0.001, 0.01, np.nan], pa.float32()),
        }
    )


ROLES = {"quality_flag": "flag", "instrument_type": "type", "z_err": "err"}


def goodness(table: pa.Table, row: int) -> tuple[float, float, float]:
    """Larger is better: quality, instrument, precision."""
    values = table.slice(row, 1).to_pylist()[0]
    flag, error = values["flag"], values["err"]
    quality = -np.inf if flag is None or np.isnan(flag) or flag == 6 else flag
    instrument = {"s": 3, "g": 2, "p": 1}.get((values["type"] or "").lower(), 0)
    precision = -np.inf if error is None or not error > 0 else -error
    return quality, instrument, precision


@few
@given(pairs=pair_tables())
def test_mutual_pairs_are_each_others_nearest(pairs: pd.DataFrame) -> None:
    expected = [
        pair.match_rank == 1
        and pair.separation_arcsec <= min(pairs.loc[pairs["object"] == pair.object, "separation_arcsec"])
        for pair in pairs.itertuples()
    ]
    assert is_mutual(pairs).tolist() == expected


@few
@given(pairs=pair_tables(), table=redshift_tables())
def test_the_best_redshift_of_each_object_stays(pairs: pd.DataFrame, table: pa.Table) -> None:
    keys = table["redshift_key"].to_pylist()
    kept = pairs[is_kept(pairs, Unique.BEST, Preference.of(table, ROLES))]
    assert sorted(kept["object"]) == sorted(pairs["object"].unique())
    for pair in kept.itertuples():
        rivals = pairs[pairs["object"] == pair.object].itertuples()

        def order(rival: object) -> tuple[object, ...]:
            return (*(-value for value in goodness(table, rival.row)), rival.separation_arcsec, keys[rival.row])

        assert order(pair) == min(order(rival) for rival in rivals)


@few
@given(pairs=pair_tables(), table=redshift_tables())
def test_the_nearest_redshift_of_each_object_stays(pairs: pd.DataFrame, table: pa.Table) -> None:
    keys = table["redshift_key"].to_pylist()
    kept = pairs[is_kept(pairs, Unique.NEAREST, Preference.of(table, ROLES))]
    for obj, rivals in pairs.groupby("object"):
        best = min((rival.separation_arcsec, keys[rival.row]) for rival in rivals.itertuples())
        (winner,) = kept[kept["object"] == obj].itertuples()
        assert (winner.separation_arcsec, keys[winner.row]) == best


@few
@given(pairs=pair_tables(), table=redshift_tables())
def test_none_keeps_every_pair(pairs: pd.DataFrame, table: pa.Table) -> None:
    assert is_kept(pairs, Unique.NONE, Preference.of(table, ROLES)).all()


@few
@given(pairs=pair_tables(), table=redshift_tables(), unique=st.sampled_from(Unique), data=st.data())
def test_the_order_of_rows_changes_nothing(
    pairs: pd.DataFrame, table: pa.Table, unique: Unique, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(pairs))))
    preference = Preference.of(table, ROLES)
    shuffled = pairs.iloc[order].reset_index(drop=True)
    for decide in (is_mutual, lambda rows: is_kept(rows, unique, preference)):
        assert decide(shuffled).tolist() == decide(pairs)[list(order)].tolist()


@few
@given(
    pairs=pair_tables(),
    redshift=st.lists(st.sampled_from([0.5, 0.501, 0.51, 1.2, np.nan]), min_size=N_REDSHIFTS, max_size=N_REDSHIFTS),
)
def test_agreement_counts_and_scatters_the_redshifts_of_each_object(pairs: pd.DataFrame, redshift: list[float]) -> None:
    told = agreement(pairs, np.array(redshift))
    for obj, rows in pairs.groupby("object"):
        values = [redshift[row] for row in rows["row"] if np.isfinite(redshift[row])]
        scatter = (max(values) - min(values)) / (1 + median(values)) if len(values) > 1 else np.nan
        for pair in told[pairs["object"] == obj].itertuples():
            assert pair.n_redshifts == len(rows)
            assert pair.z_scatter == pytest.approx(scatter, nan_ok=True)
            assert pair.z_conflict == (scatter > 0.005)


@pytest.mark.parametrize(
    ("column", "better", "worse"),
    [
        ("flag", 4, 3),
        ("flag", 1, 6),
        ("flag", 0, None),
        ("type", "s", "g"),
        ("type", "g", "p"),
        ("type", "p", None),
        ("err", 0.001, 0.01),
        ("err", 0.5, 0.0),
    ],
)
def test_what_is_better(column: str, better: object, worse: object) -> None:
    table = pa.table({"redshift_key": ["s:0", "s:1"], column: [worse, better]})
    pairs = pd.DataFrame({"row": [0, 1], "object": [7, 7], "separation_arcsec": [0.1, 0.3]})
    preference = Preference.of(table, {role: name for role, name in ROLES.items() if name == column})
    assert is_kept(pairs, Unique.BEST, preference).tolist() == [False, True]
    assert is_kept(pairs, Unique.NEAREST, preference).tolist() == [True, False]


def test_flags_that_are_texts_of_numbers_are_ranked_and_others_are_not() -> None:
    table = pa.table({"redshift_key": ["s:0", "s:1", "s:2"], "flag": ["A", "3", "4"]})
    preference = Preference.of(table, {"quality_flag": "flag"})
    assert preference.quality.tolist() == [-np.inf, 3, 4]
