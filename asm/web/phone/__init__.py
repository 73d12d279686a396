"""The landlord's app under /app: what a browser installs and opens without signal."""
