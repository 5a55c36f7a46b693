"""The XML documents that the VO faces answer: UWS, DALI errors, VOSI."""
