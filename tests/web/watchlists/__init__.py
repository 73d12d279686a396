"""The provincial police's own lists on a page."""
