"""Readers of redshift tables, one for each file format; `trainingset.tables` chooses and tidies."""
