"""The reader: small models of our own that read passages.

One finds answers in them, the other judges whether they support claims.
"""
