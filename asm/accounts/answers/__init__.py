"""Answers that are given again to who sends the same again."""
