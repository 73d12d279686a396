"""Passkeys: a second way into an account that has a password, never its only one."""
