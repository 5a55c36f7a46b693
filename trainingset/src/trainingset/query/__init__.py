"""Queries of ADQL: which of them are cross-matches, and what their select lists make of the pairs."""
