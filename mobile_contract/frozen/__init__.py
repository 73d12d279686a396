"""What a released contract promises, and whether a newer one keeps it."""
