"""Two declarations of one arrival, in the database."""
