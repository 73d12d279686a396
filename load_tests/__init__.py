"""People under load. HTTP only: nothing here imports the program that it tests."""
