"""A population service that is not one: a real HTTP server with people invented by rule."""
