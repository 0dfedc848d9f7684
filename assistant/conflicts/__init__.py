"""Where articles differ."""
