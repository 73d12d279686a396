"""ASM: accommodation and residence notification for Vietnam."""

__version__ = "0.1.0"
