"""A training set in hand: its rows, where they come from, and what can be done with them."""

import os
from difflib import get_close_matches
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from trainingset.provenance import Provenance
from trainingset.recipe import CrossmatchRecipe, Hdf5Profile
from tsm.errors import MissingExtraError, NotATrainingSetError, UnknownSubsetError
from tsm.plots.accessor import Plots
from tsm.sets.citations import Citations
from tsm.sets.saved_record import find_table, read_record
from tsm.sets.saved_table import SUBSET_COLUMN, SavedTable
from tsm.tables.column_meanings import read_meanings, redshift_roles

if TYPE_CHECKING:
    import lsdb
    import pandas as pd
    import pyarrow as pa
    from astropy.table import Table

    from tsm.sets.summary import Summary

__all__ = ["TrainingSet"]

_HEAD_ROWS = 5


class TrainingSet:
    """The rows of a finished cross-match, with the record of where they come from.

    Rows stay in their Parquet file until they are asked for: length, subsets, summary and plots read the columns that
    they need and no others.

    Parameters
    ----------
    path
        Canonical Parquet file of the job.
    provenance
        Record of the job.
    subset
        Name of the subset whose rows these are; None for all rows. Usually ``training_set["train"]`` says it.

    Examples
    --------
    >>> ts = tsm.TrainingSet.open("training_set.parquet")
    >>> list(ts.subsets)
    ['test', 'train']
    >>> len(ts["train"]) + len(ts["test"]) <= len(ts)
    True
    >>> ts["train"].table["separation_arcsec"].unit
    Unit("arcsec")
    >>> ts.summary().bands[0].band
    'u'
    """

    _noun: ClassVar[str] = "TrainingSet"

    def __init__(self, path: str | os.PathLike[str], provenance: Provenance, *, subset: str | None = None) -> None:
        self._rows = SavedTable(Path(path), subset)
        self._provenance = provenance

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "TrainingSet":
        """Open a training set that was saved.

        Parameters
        ----------
        path
            Parquet file that `write` made, or one with its ``provenance.json`` beside it; or the folder that holds
            them.

        Raises
        ------
        NotATrainingSetError
            If there is no such file, or no provenance record with it.
        """
        table = find_table(Path(path))
        provenance, subset = read_record(table)
        if provenance.kind == "combine":
            from tsm.sets.compilation import Compilation  # it is one of these

            return Compilation(table, provenance)
        return TrainingSet(table, provenance, subset=subset)

    @property
    def path(self) -> Path:
        """The Parquet file in which the rows lie."""
        return self._rows.path

    @property
    def subset(self) -> str | None:
        """Name of the subset whose rows these are; None for all rows."""
        return self._rows.subset

    @property
    def provenance(self) -> Provenance:
        """The record of the job that made the rows; that of a subset is the record of the whole."""
        return self._provenance

    @cached_property
    def recipe(self) -> CrossmatchRecipe:
        """The recipe with every default resolved; running it again makes the same rows."""
        return CrossmatchRecipe.model_validate(self._provenance.recipe)

    @property
    def citations(self) -> Citations:
        """What users of this training set are asked to cite; ``.bibtex`` and ``.text``."""
        return Citations(self._provenance.citations)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self._rows.schema.names)

    @cached_property
    def subsets(self) -> dict[str, int]:
        """Number of rows by subset; empty if the set was not split. Redshifts without an object have no subset."""
        return self._rows.counts(SUBSET_COLUMN) if SUBSET_COLUMN in self.columns else {}

    def __len__(self) -> int:
        return self._rows.n_rows

    __iter__: ClassVar[None] = None
    """Neither over rows nor over subsets: say which, with ``.table`` or ``.subsets``."""

    def __contains__(self, name: object) -> bool:
        return name in self.subsets

    def __getitem__(self, name: str) -> "TrainingSet":
        """The rows of one subset; they stay where they are.

        Raises
        ------
        UnknownSubsetError
            If there is no such subset; the message names close ones.
        """
        if name not in self.subsets:
            raise UnknownSubsetError(self._no_subset(name))
        return TrainingSet(self.path, self._provenance, subset=name)

    def _no_subset(self, name: object) -> str:
        if name in self.columns:
            return f"{name!r} is a column and no subset; take it from the table: .table[{name!r}]"
        if not self.subsets:
            return f"there is no subset {name!r}: this set was not split; ask for split={{'train': 0.8, 'test': 0.2}}"
        close = get_close_matches(str(name), self.subsets, n=2)
        meant = f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
        return f"there is no subset {name!r}; the subsets are {', '.join(map(repr, self.subsets))}{meant}"

    @cached_property
    def table(self) -> "Table":
        """The rows as an astropy table, read once.

        Columns have units, descriptions and UCDs (in ``meta["ucd"]``), and are masked where a value is null.
        """
        from tsm.sets.astropy_table import astropy_table

        catalog = self._provenance.catalogs[0] if self._provenance.catalogs else None
        meta = {} if catalog is None else {"CATALOG": catalog.id, "RELEASE": catalog.release}
        return astropy_table(self.to_arrow(), meta=meta if self.subset is None else meta | {"SUBSET": self.subset})

    def to_arrow(self, columns: list[str] | None = None) -> "pa.Table":
        """The rows as an Arrow table, with unit, UCD and description as metadata of the fields.

        Parameters
        ----------
        columns
            Columns to read; None for all.
        """
        return self._rows.read(columns)

    def to_pandas(self, columns: list[str] | None = None) -> "pd.DataFrame":
        """The rows as a data frame of Arrow-backed columns, in which ids stay whole numbers beside nulls.

        Parameters
        ----------
        columns
            Columns to read; None for all.
        """
        import pandas as pd

        frame: pd.DataFrame = self.to_arrow(columns).to_pandas(types_mapper=pd.ArrowDtype)
        return frame

    def write(
        self, path: str | os.PathLike[str], *, overwrite: bool = False, profile: Hdf5Profile | str | None = None
    ) -> Path:
        """Save the rows in the format that the suffix names.

        A Parquet file keeps the provenance record, so that `TrainingSet.open` reads it again.

        Parameters
        ----------
        path
            File to make: ``.vot``, ``.xml``, ``.parquet``, ``.fits``, ``.csv``, ``.hdf5`` (with RAIL's catalog tag
            beside it, as ``.yaml``), ``.hats.zip``, or ``.hats`` for a folder. It appears complete or not at all.
        overwrite
            Whether a file that exists may be replaced.
        profile
            Names and conventions of HDF5: ``rail``, ``rubin`` or ``pz-challenge``; without it, those of the recipe.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        ValueError
            If the suffix names no format, or there is no such profile.
        TargetExistsError
            If the file exists.
        DiskError
            If it cannot be written.

        Examples
        --------
        >>> ts["train"].write("train.fits").name
        'train.fits'
        """
        from tsm.sets.saved_files import save

        chosen = None if profile is None else Hdf5Profile(profile)
        return save(self._rows, self._provenance, Path(path), overwrite=overwrite, profile=chosen)

    def summary(self) -> "Summary":
        """The set in numbers: subsets, surveys, redshifts, bands, separations, notes. Prints and shows well."""
        from tsm.sets.summary import summarize

        return summarize(self._rows, self._provenance)

    @property
    def plot(self) -> Plots:
        """Plots of this set, see `tsm.plots`: ``ts.plot.redshift_distribution()``."""
        return Plots(self)

    def to_lsdb(self, **options: Any) -> "lsdb.Catalog":
        """The rows as an LSDB catalog at the positions of the redshifts; needs the extra ``local``.

        Parameters
        ----------
        **options
            Further arguments of `lsdb.from_dataframe`, such as ``partition_rows``.

        Raises
        ------
        MissingExtraError
            If LSDB is not installed.
        """
        try:
            import lsdb
        except ImportError as error:
            raise MissingExtraError("local", "TrainingSet.to_lsdb") from error
        meanings = read_meanings(self.columns, redshift_roles(self._provenance))
        told = {"ra_column": meanings.ra, "dec_column": meanings.dec, "catalog_name": "training_set"}
        return lsdb.from_dataframe(self.to_pandas(), **(told | options))

    def to_lsdb_code(
        self, redshifts_path: str | os.PathLike[str], *, catalog_path: str | os.PathLike[str] | None = None
    ) -> str:
        """The stand-alone LSDB script that makes the pairs, magnitudes and subsets of this set.

        Parameters
        ----------
        redshifts_path
            File with the redshifts that were sent; its suffix tells how to read it.
        catalog_path
            HATS collection of the objects; without it, where the service has it.

        Examples
        --------
        >>> "lsdb.open_catalog" in ts.to_lsdb_code("zcosmos.fits")
        True
        """
        from tsm.sets.lsdb_code import lsdb_code

        return lsdb_code(
            self.recipe,
            self._provenance,
            self._rows.schema,
            redshifts_path=str(redshifts_path),
            catalog_path=None if catalog_path is None else str(catalog_path),
        )

    def write_report(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Save a report on the quality of the whole set as one HTML page that needs no network.

        It is about all subsets, also where these rows are one of them. It counts rows by survey and subset, draws
        redshifts, magnitudes, colors, separations, offsets and the sky, and tells missing bands, ambiguous matches,
        contradicting redshifts and the columns.

        Parameters
        ----------
        path
            File to make.
        overwrite
            Whether a file that exists may be replaced.

        Raises
        ------
        TargetExistsError
            If the file exists.
        DiskError
            If it cannot be written.
        NotATrainingSetError
            If the rows are not as a cross-match left them.

        Examples
        --------
        >>> ts.write_report("report.html", overwrite=True).name
        'report.html'
        """
        from trainingset.set_report.report import set_report
        from tsm.sets.saved_files import save_text

        meanings = read_meanings(self.columns, redshift_roles(self._provenance))
        title = f"Quality of {self.path.name}"
        try:
            report = set_report(self.path, survey=meanings.survey, subset=meanings.subset, title=title)
        except ValueError as error:
            raise NotATrainingSetError(f"there is no report on {self.path}: {error}") from error
        return save_text(report.page, Path(path), overwrite=overwrite)

    def __repr__(self) -> str:
        subset = "" if self.subset is None else f" of the subset {self.subset!r}"
        subsets = "" if self.subset is not None or not self.subsets else f", subsets: {', '.join(self.subsets)}"
        return f"<{self._noun}: {len(self):,} rows{subset}, {len(self.columns)} columns{subsets}>"

    def _repr_html_(self) -> str:
        from tsm.sets.table_html import table_html

        title = f"<p><b>{escape(repr(self).strip('<>'))}</b></p>"
        return f"{title}{self.summary()._repr_html_()}{table_html(self._rows.head(_HEAD_ROWS))}"
