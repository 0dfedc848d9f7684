"""The command `assistant`."""
