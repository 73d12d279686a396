"""Who acts without an account: the words where an account's role would stand
(`audit_entry.actor_role`, and the setting `asm.role` that row-level security reads).
"""

from typing import Final

#: Whoever may run commands on the server and did not say who they are.
OPERATOR: Final = "operator"
#: The worker, of its own accord.
WORKER: Final = "worker"
#: A rotation of keys.
KEY_KEEPER: Final = "key_keeper"
#: A reader whom nobody knows: no entry has it, the policies name it.
PUBLIC: Final = "public"
#: Whoever tries without having signed in: what they did stands in the trail, not who they are.
STRANGER: Final = "stranger"
