"""Compilations of tens of millions of rows: the same rows as in memory, made tile by tile of the sky."""
