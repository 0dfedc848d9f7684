"""What the text of an article is made of: sentences, passages, words and tokens."""
