"""`python -m asm.demo.population`: what `asm simulator` does, without the rest of the command line."""

from asm.demo.population.commands import main

main()
