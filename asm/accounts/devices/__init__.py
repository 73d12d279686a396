"""Phones that are signed in: how they prove who they are, and how they end."""
