"""What each block does, as text; each module is one value of `inspect --format`."""
