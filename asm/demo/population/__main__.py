"""`python -m asm.demo.population`: what `asm simulator` does, without the other commands."""

from asm.demo.population.commands import main

main()
