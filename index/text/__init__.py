"""The parts of a text: sentences, passages, terms and tokens."""
