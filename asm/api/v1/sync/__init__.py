"""How a phone that was without signal catches up: records sent together, changes read."""
