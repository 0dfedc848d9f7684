"""Whether quotes support a sentence: a small model judges, rules veto what can be compared exactly, code proves."""
