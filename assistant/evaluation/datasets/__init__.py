"""Published question sets: a module for each, with its reader and its authors' scorer."""
