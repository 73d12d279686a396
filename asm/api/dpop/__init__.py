"""Tokens that are bound to a phone's key, as requests bring them (RFC 9449)."""
