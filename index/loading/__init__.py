"""Read articles from files, folders and JSON lines."""
