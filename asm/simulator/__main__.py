"""`python -m asm.simulator`: what `asm simulator` does, without the rest of the command line."""

from asm.simulator.commands import main

main()
