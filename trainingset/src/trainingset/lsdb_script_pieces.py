"""Pieces of the LSDB script, which `trainingset.lsdb_script` joins: code of Python as text, in the order of use."""

__all__ = [
    "CROSSMATCH",
    "DRAW",
    "FINISH",
    "ID_SIGNS",
    "IMPORTS",
    "KEYS",
    "KEY_FUNCTION",
    "MAGNITUDES",
    "MUTUAL",
    "NUMBERED",
    "NUMERIC",
    "OPEN",
    "RANKS",
    "SIDES",
    "SIDES_EXACT",
    "SKY_UNITS",
    "SPLIT_IMPORTS",
    "SURVEY_SIGNS",
    "SURVEY_UNITS",
    "TIDY",
    "UNITS",
    "UNMATCHED",
]

IMPORTS = """\
import re
from bisect import bisect_right
from hashlib import blake2b
from itertools import accumulate

import lsdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from hats.pixel_math.spatial_index import compute_spatial_index
"""

SPLIT_IMPORTS = """\
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree
"""

TIDY = '''\
def tidy(values):
    """Texts without blanks around them; blank ones and NaN are null."""
    null = pa.scalar(None, values.type)
    if pa.types.is_floating(values.type):
        return pc.if_else(pc.is_nan(values), null, values)
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        values = pc.utf8_trim(values, characters=" \\t\\r\\n\\0")
        return pc.if_else(pc.equal(values, ""), null, values)
    return values


table = pa.Table.from_pandas(redshifts, preserve_index=False)
table = pa.table({name: tidy(table[name]) for name in table.column_names})
redshifts = table.to_pandas(types_mapper=pd.ArrowDtype)\
'''

MAGNITUDES = '''\
def magnitude(rows, flux):
    """AB magnitudes; NaN where the flux is not positive."""
    flux = number(rows, flux)
    positive = np.where((flux > 0) & np.isfinite(flux), flux, np.nan)
    return np.round(ZERO_POINT - 2.5 * np.log10(positive), 9)


def magnitude_error(rows, flux, error):
    """Errors of magnitudes: 1.0857 times flux error over flux."""
    flux, error = number(rows, flux), number(rows, error)
    positive = np.where((flux > 0) & np.isfinite(flux) & np.isfinite(error), flux, np.nan)
    return 2.5 / np.log(10) * error / positive


def signal_to_noise(rows, flux, error):
    """Flux over its error; NaN where the error is not positive."""
    flux, error = number(rows, flux), number(rows, error)
    return flux / np.where((error > 0) & np.isfinite(error) & np.isfinite(flux), error, np.nan)
'''

SURVEY_SIGNS = "[:#%|]"
ID_SIGNS = "[#%|]"
"""Signs that build keys."""

KEY_FUNCTION = '''\
# A key for each redshift: survey and id, or the rounded position.
def arrow(name):
    """A column as it was sent."""
    return pa.Table.from_pandas(sent[[name]], preserve_index=False)[name].combine_chunks()


def texts(name, signs):
    """Values as texts, None where null; signs that build keys are written as in URLs."""
    values = arrow(name)
    if pa.types.is_floating(values.type):
        values = [int(v) if v is not None and v.is_integer() else v for v in values.to_pylist()]
        values = [None if v is None else str(v) for v in values]
    else:
        values = pc.cast(values, pa.string()).to_pylist()
    return [v if v is None else re.sub(signs, lambda sign: f"%{ord(sign[0]):02X}", v) for v in values]

'''

KEYS = """\
places = [f"J{x:.5f}{y:+.5f}" for x, y in zip(ra, dec)]
keys = [
    f"{'' if survey is None else survey}:{place if native is None else native}"
    for survey, native, place in zip(surveys, ids, places)
]\
"""

NUMBERED = """\
# Repeated keys are numbered in the order of what is in their rows.
content = [pc.cast(arrow(name), pa.string()) for name in sorted(sent)]
content = pc.binary_join_element_wise(*content, "\\x1f", null_handling="replace", null_replacement="\\x00")
rows = pa.table({"key": pa.array(keys, pa.string()), "content": content})
counts = {}
for row in pc.sort_indices(rows, sort_keys=[("key", "ascending"), ("content", "ascending")]).to_pylist():
    key = keys[row]
    counts[key] = counts.get(key, 0) + 1
    if counts[key] > 1:
        keys[row] = f"{key}#{counts[key]}"
"""

OPEN = """\
objects = lsdb.open_catalog(CATALOG, columns=OBJECT_COLUMNS)\
"""

CROSSMATCH = """\
# Of a few objects more than asked for, equally near ones are taken by id below.
redshift_catalog = lsdb.from_dataframe(
    redshifts, ra_column=RA, dec_column=DEC, catalog_name="redshifts", margin_threshold=None
)
try:
    matched = redshift_catalog.crossmatch(
        objects,
        n_neighbors=N_NEIGHBORS,
        radius_arcsec=RADIUS_ARCSEC,
        how="inner",
        suffixes=("_specz", "_object"),
        suffix_method="overlapping_columns",
        require_right_margin=True,
    )
except RuntimeError as error:
    raise SystemExit(f"no object is anywhere near a redshift: {error}")
pairs = pd.DataFrame(matched.compute()).reset_index(drop=True)\
"""

RANKS = """\
pairs = pairs.rename(columns={"_dist_arcsec": "separation_arcsec"})
pairs["separation_arcsec"] = pairs["separation_arcsec"].astype(np.float64).round(6)
pairs["redshift_key"] = pairs["redshift_key"].astype(object)
pairs = pairs.sort_values(["redshift_key", "separation_arcsec", OBJECT_ID], ignore_index=True)
pairs = pairs.drop_duplicates(["redshift_key", OBJECT_ID], ignore_index=True)
pairs["match_rank"] = pairs.groupby("redshift_key").cumcount() + 1\
"""

MUTUAL = """\
nearest = pairs.groupby(OBJECT_ID)["separation_arcsec"].transform("min")
pairs = pairs[(pairs["match_rank"] == 1) & (pairs["separation_arcsec"] <= nearest)].reset_index(drop=True)\
"""

UNITS = """\
# What is one sky object goes to one subset: pairs that share a redshift or an object, objects within 0.5 arcsec. The
# smallest key in it is its name.
links = []
for label in (LABELS):
    codes = pd.factorize(pairs[label])[0]
    order = np.argsort(codes, kind="stable")
    same = np.flatnonzero((np.diff(codes[order]) == 0) & (codes[order][1:] >= 0))
    links.append(np.stack([order[same], order[same + 1]], axis=-1))
ra, dec = (np.radians(pairs[name].to_numpy(np.float64)) for name in (OBJECT_RA, OBJECT_DEC))
vectors = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)
reach = 2 * np.sin(np.radians(0.5 / 3600) / 2)
links.append(KDTree(vectors).query_pairs(reach, output_type="ndarray").reshape(-1, 2))
first, second = np.concatenate(links).T
graph = coo_array((np.ones(len(first), bool), (first, second)), shape=(len(pairs), len(pairs)))
pairs["_sky_object"] = connected_components(graph, directed=False)[1]
leaders = pairs.sort_values("redshift_key", kind="stable").drop_duplicates("_sky_object").set_index("_sky_object")
pairs["_unit"] = pairs["_sky_object"].map(leaders["redshift_key"])\
"""

SKY_UNITS = """\
# Whole HEALPix pixels: each sky object goes with the pixel of the redshift that names it.
pixels = compute_spatial_index(leaders[RA].to_numpy(), leaders[DEC].to_numpy()) >> 2 * (29 - ORDER)
names = pd.Series([f"sky:ORDER:{pixel}" for pixel in pixels], index=leaders.index)
pairs["_unit"] = pairs["_sky_object"].map(names)\
"""

SURVEY_UNITS = """\
# Whole surveys: each sky object goes with the survey of the redshift that names it.
surveys = ["" if pd.isna(name) else str(name).strip().casefold() for name in leaders[SURVEY]]
names = [f"survey:{name}" if name else f"object:{key}" for name, key in zip(surveys, leaders["redshift_key"])]
pairs["_unit"] = pairs["_sky_object"].map(pd.Series(names, index=leaders.index))\
"""

DRAW = '''\
# 4. The split: a keyed hash of the unit's name against the cumulated fractions.
def draw(unit):
    """A number in [0, 2**64) that looks random."""
    return int.from_bytes(blake2b(unit.encode(), digest_size=8, key=SEED.to_bytes(8, "little")).digest(), "big")


names = sorted(SPLIT)
shares = [SPLIT[name] / sum(SPLIT.values()) for name in names]
'''

SIDES = (
    DRAW
    + """\
bounds = [min(int(total * 2**64), 2**64 - 1) for total in accumulate(shares)][:-1]
training_set["subset"] = [names[bisect_right(bounds, draw(unit))] for unit in training_set["_unit"]]
training_set["is_training_set"] = training_set["subset"] == "train"
"""
)

SIDES_EXACT = (
    DRAW
    + """\
units = sorted(set(training_set["_unit"]), key=lambda unit: (draw(unit), unit))
quotas = np.array(shares) * len(units)
sizes = np.floor(quotas).astype(int)
sizes[np.argsort(sizes - quotas, kind="stable")[: len(units) - sizes.sum()]] += 1
side = dict(zip(units, np.repeat(names, sizes)))
training_set["subset"] = [str(side[unit]) for unit in training_set["_unit"]]
training_set["is_training_set"] = training_set["subset"] == "train"
"""
)

NUMERIC = '''\
def numeric(column):
    """Numbers of the pairs; NaN for what is none."""
    return pd.to_numeric(pairs[column], errors="coerce").to_numpy(np.float64, na_value=np.nan)

'''

UNMATCHED = """\
# Redshifts without an object stay; those that lost theirs to another redshift do not.
unmatched = redshifts[~redshifts["redshift_key"].isin(matched_keys)]
training_set = pd.concat([training_set, unmatched], ignore_index=True)\
"""

FINISH = """\
# 5. In the order of the service: place on the sky, key, rank.
training_set["_place"] = compute_spatial_index(
    training_set[RA].to_numpy(np.float64), training_set[DEC].to_numpy(np.float64)
)
training_set = training_set.sort_values(["_place", "redshift_key", "match_rank"], ignore_index=True)
training_set = training_set.drop(columns=["_place", "_unit", "_sky_object"], errors="ignore")\
"""
