"""What has changed in a facility since a phone last looked."""
