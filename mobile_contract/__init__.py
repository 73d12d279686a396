"""The contract that phones and hotel software are built on."""
