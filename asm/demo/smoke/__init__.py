"""`asm smoke`: the main job once, on a real installation: declare, drain, read as the ward, verify.

Everything goes through HTTP as the people of the demo would do it, and receipts are checked by the
command line in a process that has nothing but the public keys. The three guests are invented anew
each time; their stays are voided at the end, so a demo is not littered.
"""
