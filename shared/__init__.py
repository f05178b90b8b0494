"""What laptop, portal and owner must agree on, and nothing else: the documents of protocol v1.

Floor 0: imports the standard library and cryptography. Every module is one document, with the
same three verbs where they apply: make it, parse it, verify it.
"""
