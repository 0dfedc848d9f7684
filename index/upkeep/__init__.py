"""Check an index, make it again, and export it."""
