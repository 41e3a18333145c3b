"""What `check --statistics` is in a format for programs, by the format's name."""
