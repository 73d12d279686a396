"""Whether a declaration is of an arrival that stands there already, and what follows."""
