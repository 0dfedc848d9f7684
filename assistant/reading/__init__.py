"""The reader: small models of our own that read passages. One finds answers in them, one judges claims."""
