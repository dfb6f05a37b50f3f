"""One request's session, for any web framework: what holdfast.flask and holdfast.asgi share.

Nothing here does input or output: `Visit` gives steps, and a framework carries them to its store.
"""
