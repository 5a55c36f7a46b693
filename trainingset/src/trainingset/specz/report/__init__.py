"""The quality report of a compilation: its numbers, and the page that shows them."""
