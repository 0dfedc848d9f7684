"""What an answer is, and how it is shown: data, text, JSON, documents."""
