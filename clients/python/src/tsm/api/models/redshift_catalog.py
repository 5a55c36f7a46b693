from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.citation import Citation
    from ..models.column_description import ColumnDescription
    from ..models.compilation_file import CompilationFile
    from ..models.pz_product import PzProduct


T = TypeVar("T", bound="RedshiftCatalog")


@_attrs_define(frozen=True)
class RedshiftCatalog:
    """One registered catalog of redshifts, or one version of a published compilation.

    Example:
        {'citations': [{'text': 'The mock sky of the PZ Training Set Maker'}], 'columns': [{'datatype': 'float64',
            'name': 'z', 'ucd': 'src.redshift'}], 'description': 'All redshifts of the four surveys of the mock sky.', 'id':
            'mock_redshifts', 'n_rows': 14600, 'ready': True, 'release': '2026.1', 'release_date': '2026-11-01', 'series':
            'mock_redshifts', 'source': 'catalog:mock_redshifts', 'surveys': ['WIDEZ', 'FIBERDEEP', 'NEARBYCZ',
            'GRISMFIELD'], 'title': 'Mock compilation of redshifts'}

    Attributes:
        id (str):
        source (str): How a recipe names it.
        title (str):
        description (str):
        release (str):
        release_date (datetime.date | None):
        series (None | str): Name that its releases or versions share.
        ready (bool): Whether a worker has opened it; until then counts and columns are unknown. Products of a PZ Server
            are opened by the job that names them.
        n_rows (int | None):
        columns (list[ColumnDescription]): Every column, with unit, UCD and description.
        surveys (list[str]): Surveys whose redshifts it holds, if that is known.
        citations (list[Citation]): What its users are asked to cite.
        compilation (CompilationFile | None | Unset): Its file, if it is a published compilation.
        product (None | PzProduct | Unset): What the PZ Server tells, if it is a product there.
    """

    id: str
    source: str
    title: str
    description: str
    release: str
    release_date: datetime.date | None
    series: None | str
    ready: bool
    n_rows: int | None
    columns: list[ColumnDescription]
    surveys: list[str]
    citations: list[Citation]
    compilation: CompilationFile | None | Unset = UNSET
    product: None | PzProduct | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        from ..models.compilation_file import CompilationFile  # noqa: PLC0415
        from ..models.pz_product import PzProduct  # noqa: PLC0415

        id = self.id

        source = self.source

        title = self.title

        description = self.description

        release = self.release

        release_date: None | str
        if isinstance(self.release_date, datetime.date):
            release_date = self.release_date.isoformat()
        else:
            release_date = self.release_date

        series: None | str
        series = self.series

        ready = self.ready

        n_rows: int | None
        n_rows = self.n_rows

        columns = []
        for columns_item_data in self.columns:
            columns_item = columns_item_data.to_dict()
            columns.append(columns_item)

        surveys = self.surveys

        citations = []
        for citations_item_data in self.citations:
            citations_item = citations_item_data.to_dict()
            citations.append(citations_item)

        compilation: dict[str, Any] | None | Unset
        if isinstance(self.compilation, Unset):
            compilation = UNSET
        elif isinstance(self.compilation, CompilationFile):
            compilation = self.compilation.to_dict()
        else:
            compilation = self.compilation

        product: dict[str, Any] | None | Unset
        if isinstance(self.product, Unset):
            product = UNSET
        elif isinstance(self.product, PzProduct):
            product = self.product.to_dict()
        else:
            product = self.product

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "source": source,
                "title": title,
                "description": description,
                "release": release,
                "release_date": release_date,
                "series": series,
                "ready": ready,
                "n_rows": n_rows,
                "columns": columns,
                "surveys": surveys,
                "citations": citations,
            }
        )
        if compilation is not UNSET:
            field_dict["compilation"] = compilation
        if product is not UNSET:
            field_dict["product"] = product

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.citation import Citation  # noqa: PLC0415
        from ..models.column_description import ColumnDescription  # noqa: PLC0415
        from ..models.compilation_file import CompilationFile  # noqa: PLC0415
        from ..models.pz_product import PzProduct  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        source = d.pop("source")

        title = d.pop("title")

        description = d.pop("description")

        release = d.pop("release")

        def _parse_release_date(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                release_date_type_0 = datetime.date.fromisoformat(data)

                return release_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        release_date = _parse_release_date(d.pop("release_date"))

        def _parse_series(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        series = _parse_series(d.pop("series"))

        ready = d.pop("ready")

        def _parse_n_rows(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        n_rows = _parse_n_rows(d.pop("n_rows"))

        columns = []
        _columns = d.pop("columns")
        for columns_item_data in _columns:
            columns_item = ColumnDescription.from_dict(columns_item_data)

            columns.append(columns_item)

        surveys = cast(list[str], d.pop("surveys"))

        citations = []
        _citations = d.pop("citations")
        for citations_item_data in _citations:
            citations_item = Citation.from_dict(citations_item_data)

            citations.append(citations_item)

        def _parse_compilation(data: object) -> CompilationFile | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                compilation_type_0 = CompilationFile.from_dict(data)

                return compilation_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CompilationFile | None | Unset, data)

        compilation = _parse_compilation(d.pop("compilation", UNSET))

        def _parse_product(data: object) -> None | PzProduct | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                product_type_0 = PzProduct.from_dict(data)

                return product_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PzProduct | Unset, data)

        product = _parse_product(d.pop("product", UNSET))

        additional_properties = d
        return cls(
            id=id,
            source=source,
            title=title,
            description=description,
            release=release,
            release_date=release_date,
            series=series,
            ready=ready,
            n_rows=n_rows,
            columns=columns,
            surveys=surveys,
            citations=citations,
            compilation=compilation,
            product=product,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
