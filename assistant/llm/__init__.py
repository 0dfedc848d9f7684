"""Chat models: how they are named, made, asked and read."""
