"""What changed between two versions, as text."""
