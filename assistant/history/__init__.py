"""What is kept of past turns, without secrets."""
