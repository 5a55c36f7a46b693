"""Figures of a compilation: what its quality report tells, for papers and notebooks."""
