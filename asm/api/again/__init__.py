"""The same answer to who sends the same again."""
