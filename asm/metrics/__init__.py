"""Figures for Prometheus: what a process counts, what the database tells, and where it is read."""
