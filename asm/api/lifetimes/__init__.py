"""How long operations live, and how their users hear of it."""
