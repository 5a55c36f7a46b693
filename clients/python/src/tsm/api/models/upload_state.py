from typing import Literal, cast

UploadState = Literal["inspecting", "ready", "rejected"]


def check_upload_state(value: object) -> UploadState:
    return cast(UploadState, value)
