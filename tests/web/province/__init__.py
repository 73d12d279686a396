"""Wards and provinces side by side."""
