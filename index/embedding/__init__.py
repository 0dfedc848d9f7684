"""Turn texts into vectors, on this machine or through OpenAI's API."""
