"""The quality report of a training set."""
