"""Question sets as their authors publish them: a module for each, with its reader and its scorer."""
