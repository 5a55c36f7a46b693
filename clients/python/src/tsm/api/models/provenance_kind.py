from typing import Literal, cast

ProvenanceKind = Literal["combine", "crossmatch", "query"]


def check_provenance_kind(value: object) -> ProvenanceKind:
    return cast(ProvenanceKind, value)
