"""The check of sentences against quotes.

A small model judges, rules veto by exact comparison, and code proves each character of a quote.
"""
