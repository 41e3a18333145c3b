"""A language server: what an editor asks, answered by the engine; it runs no code."""
