"""From redshifts to pairs: matches their distinct positions, then gives each redshift the pairs of its position."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from trainingset.catalogs import open_objects
from trainingset.crossmatch.algorithm import DENSITY_ORDER
from trainingset.crossmatch.candidates import SkyPositions
from trainingset.crossmatch.match import MatchProgress, match_sites
from trainingset.crossmatch.matching import Matching
from trainingset.crossmatch.object_files import ObjectFiles
from trainingset.pair_columns import chance_probabilities
from trainingset.prepare import Prepared
from trainingset.recipe import Match, WhereOrder
from trainingset.selection import ObjectConstraint
from trainingset.unique import is_mutual

__all__ = ["find_pairs", "sky_positions"]

IntArray = npt.NDArray[np.int64]


def find_pairs(prepared: Prepared, folder: Path, progress: MatchProgress) -> tuple[pd.DataFrame, ObjectFiles]:
    """Find the pairs that the recipe's ``match`` asks for, before any redshift is preferred to another.

    Parameters
    ----------
    folder
        Empty folder for the rows of matched objects.

    Returns
    -------
    pairs : pd.DataFrame
        One row for each pair, by redshift and rank: ``row`` of the redshift, ``object`` (a number for each distinct
        object), ``chance_probability``, and what `match_sites` tells.
    object_files : ObjectFiles
        Rows of the objects.
    """
    matching = _matching(prepared)
    card = prepared.card
    objects = open_objects(card.entry, fingerprint=card.fingerprint, radius_arcsec=matching.radius_arcsec)
    object_files = ObjectFiles(str(folder))
    sites, site_of_row = _distinct(sky_positions(prepared))
    pairs = match_sites(sites, objects, matching, object_files, progress)
    pairs["object"] = pd.factorize(pairs["object_id"])[0]
    pairs = pairs.sort_values(["site", "match_rank"], kind="stable").drop_duplicates(["site", "object"])
    pairs["chance_probability"] = chance_probabilities(
        pairs["separation_arcsec"].to_numpy(), pairs["objects_in_pixel"].to_numpy(np.float64), order=DENSITY_ORDER
    )
    if prepared.recipe.match is Match.MUTUAL:
        pairs = pairs[is_mutual(pairs)]
    return _of_rows(pairs, site_of_row), object_files


def sky_positions(prepared: Prepared) -> SkyPositions:
    """Positions of all redshifts."""
    table, roles = prepared.redshifts.table, prepared.redshifts.roles
    return SkyPositions(*(table[roles[role]].to_numpy() for role in ("ra", "dec")))


def _matching(prepared: Prepared) -> Matching:
    recipe, card = prepared.recipe, prepared.card
    entry = card.entry
    object_id = card.column(entry.object_id_column)
    assert object_id is not None, "a card names the columns of its entry"
    where = (
        None if recipe.where is None else ObjectConstraint.read(recipe.where, card, recipe.flux, prepared.corrections)
    )
    is_before = recipe.where_order is WhereOrder.BEFORE
    return Matching(
        radius_arcsec=prepared.radius_arcsec,
        n_neighbors={Match.NEAREST: 1, Match.ALL: recipe.neighbors, Match.MUTUAL: None}[recipe.match],
        object_id=entry.object_id_column,
        object_id_type=object_id.datatype,
        columns=recipe.columns,
        reference_flux=_reference_flux(prepared),
        before=where if is_before else None,
        after=None if is_before else where,
        engine=recipe.engine,
    )


def _reference_flux(prepared: Prepared) -> str | None:
    entry = prepared.card.entry
    if entry.reference_band is None:
        return None
    flux = entry.flux_columns(prepared.recipe.flux[0], entry.reference_band)[0]
    return flux if prepared.card.column(flux) is not None else None


def _distinct(positions: SkyPositions) -> tuple[SkyPositions, IntArray]:
    """Distinct positions, and which of them each redshift has: a thousand redshifts of one galaxy are matched once."""
    frame = pd.DataFrame({"ra": positions.ra, "dec": positions.dec})
    site = frame.groupby(["ra", "dec"], sort=False).ngroup().to_numpy()
    first = np.unique(site, return_index=True)[1]
    return positions.take(first), site


def _of_rows(pairs: pd.DataFrame, site_of_row: IntArray) -> pd.DataFrame:
    """Each pair once for every redshift at its site."""
    rows = pd.DataFrame({"site": site_of_row, "row": np.arange(len(site_of_row))})
    return rows.merge(pairs, on="site").sort_values(["row", "match_rank"], kind="stable", ignore_index=True)
