"""How good answers are: questions with known answers, asked, scored, and reported with intervals."""
