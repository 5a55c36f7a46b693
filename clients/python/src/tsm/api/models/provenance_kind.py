from typing import Literal, cast

ProvenanceKind = Literal["combine", "crossmatch"]


def check_provenance_kind(value: object) -> ProvenanceKind:
    return cast(ProvenanceKind, value)
