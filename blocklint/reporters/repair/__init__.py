"""What fixes change, for a reader or for `patch`; chosen by options of their own."""
