from typing import Literal, cast

ProvenanceView = Literal["html", "json", "prov"]


def check_provenance_view(value: object) -> ProvenanceView:
    return cast(ProvenanceView, value)
