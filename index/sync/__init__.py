"""Make an index agree with files: the changes, their writing, and watching for more."""
