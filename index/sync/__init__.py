"""Make an index agree with the files that it was made from."""
