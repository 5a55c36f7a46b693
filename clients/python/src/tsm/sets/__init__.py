"""Training sets in hand: rows, record, summary, files."""
