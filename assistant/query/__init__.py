"""What a question means: articles, times, parts, what came before."""
