"""Make the answer: of the articles' own sentences, or with a chat model."""
