"""The offline half: articles -> passages -> vectors and words in a store. Knows nothing of questions and models."""
