"""Decides which measurement of a galaxy is the one to use: by priority, then by the agreement of redshifts.

All groups are resolved at once, on arrays sorted by group.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trainingset.combine_recipe import DzScale
from trainingset.crossmatch.separation import FloatArray
from trainingset.specz.agreement import agreeing_clusters
from trainingset.specz.priority import Criterion

__all__ = ["LOST", "ONLY", "STAR_RESULT", "TIED", "USED", "Measurements", "Resolution", "resolve_groups"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

LOST, USED, TIED, STAR_RESULT = 0, 1, 2, 3
"""Values of ``tie_result``."""

ONLY = -1
"""`Resolution.decided_by` of rows that were compared with none."""


@dataclass(frozen=True, slots=True)
class Measurements:
    """The members of all groups of two and more; arrays of one length."""

    group: IntArray
    """Number of the group."""
    key_rank: IntArray
    """Place of the row's key among all keys, as text."""
    z: FloatArray
    """NaN for none."""
    precision: FloatArray
    """Error that differences of redshifts are compared with, for `DzScale.ERROR`; NaN for none."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What became of each member; arrays of one length, in the order of the members."""

    tie_result: npt.NDArray[np.int8]
    decided_by: IntArray
    """Number of the criterion that eliminated the row, or the last other one for the winner; the number of criteria
    where it was the agreement of redshifts, one more for a tie."""
    winner: IntArray
    """Number of the member that won the row's group, -1 where the group has none."""
    cluster: IntArray
    """Number of the cluster of redshifts that agree, among the best of a group; -1 for those that are not."""


def resolve_groups(members: Measurements, criteria: Sequence[Criterion], *, dz: float, dz_scale: DzScale) -> Resolution:
    """Find the best measurement of every group.

    Parameters
    ----------
    members
        Measurements, at least two of each group.
    criteria
        Scores of the members in the order of the priority: of those that are left the largest are kept.
    dz, dz_scale
        When redshifts agree. Of each cluster of agreeing ones the row with the smallest key stays; with 0 all stay.
    """
    order = np.lexsort((members.key_rank, members.group))
    starts = _starts(members.group[order])
    place = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(order))))
    survives = np.ones(len(order), np.bool_)
    decided_by = np.full(len(order), len(criteria) + 1, np.int64)
    last = np.full(len(starts), ONLY, np.int64)
    for number, (_, score) in enumerate(criteria):
        worse = survives & ~_is_best(score[order], survives, starts, place)
        decided_by[worse], last[place[worse]] = number, number
        survives &= ~worse
    cluster = np.full(len(order), -1, np.int64)
    best = np.flatnonzero(survives)
    cluster[best] = agreeing_clusters(place[best], members.z[order][best], members.precision[order][best], dz, dz_scale)
    repeats = best[~_is_first_of(cluster[best])]
    decided_by[repeats], last[place[repeats]] = len(criteria), len(criteria)
    survives[repeats] = False
    return _in_given_order(order, place, survives, decided_by, last, cluster)


def _in_given_order(
    order: IntArray, place: IntArray, survives: BoolArray, decided_by: IntArray, last: IntArray, cluster: IntArray
) -> Resolution:
    is_won = np.bincount(place, weights=survives)[place] == 1
    wins = survives & is_won
    winner_of_group = np.full(len(last), -1, np.int64)
    winner_of_group[place[wins]] = order[wins]
    results = np.where(survives, np.where(is_won, USED, TIED), LOST).astype(np.int8)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return Resolution(
        tie_result=results[back],
        decided_by=np.where(wins, last[place], decided_by)[back],
        winner=winner_of_group[place][back],
        cluster=cluster[back],
    )


def _is_best(score: FloatArray, survives: BoolArray, starts: IntArray, place: IntArray) -> BoolArray:
    """Whether each member has the largest score of its group's survivors; all have it where all are null."""
    if not len(starts):
        return np.empty(0, np.bool_)
    largest = np.maximum.reduceat(np.where(survives, score, -np.inf), starts)
    best: BoolArray = score == largest[place]
    return best


def _starts(labels: IntArray) -> IntArray:
    """Where each run of equal labels begins."""
    return np.flatnonzero(np.diff(labels, prepend=labels[:1] - 1) != 0)


def _is_first_of(cluster: IntArray) -> BoolArray:
    """Whether each row is the first of its cluster, in the order given, which is that of keys."""
    _, first = np.unique(cluster, return_index=True)
    is_first = np.zeros(len(cluster), np.bool_)
    is_first[first] = True
    return is_first
