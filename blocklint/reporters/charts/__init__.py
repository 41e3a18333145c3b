"""Lines over the depth of a stack: one small picture for each quantity."""
