"""`assistant chat`: a conversation with an index, at a terminal or as a script."""
