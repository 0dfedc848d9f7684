"""Articles that differ in a figure, a date or a name."""
