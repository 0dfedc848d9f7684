"""Where an index keeps its articles, passages, vectors and words."""
