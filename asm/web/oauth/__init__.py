"""Where an app is given the code that signs a phone in."""
