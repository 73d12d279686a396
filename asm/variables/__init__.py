"""Environment variables: the table of all, and how one is read."""
