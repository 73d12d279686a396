"""Lets on who proves, for this request and now, that they hold a key (RFC 9449).

1. The proof itself: its signature, its request, its token (`asm.accounts.devices.proof`).
2. It is fresh: its nonce is ours and minutes old. The phone's own clock decides nothing; where it
   is far off and the nonce is not good, the answer says by how much.
3. It comes for the first time.

Nothing is looked up of whom the proof or its token belongs to before all three hold.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from asm.accounts.devices.nonces import Nonces
from asm.accounts.devices.proof import Proof, ProofRefused, read_proof, wrong_proof
from asm.accounts.devices.proof_ids import ProofIds

#: A clock that is further off than this is told so.
_NEAR_S: Final = 300
#: No clock is further off; what says so is no time at all.
_FARTHEST_S: Final = 10**9


class ProofGuard:
    """One for each process. `clock`: the database's, as the process knows it; `public_url`: where
    this installation is reached, which is what a proof must name.
    """

    def __init__(
        self, key: bytes, seen: ProofIds, clock: Callable[[], datetime], public_url: str
    ) -> None:
        self._nonces = Nonces(key)
        self._seen = seen
        self._clock = clock
        self._public_url = public_url

    def nonce(self) -> str:
        """What the next proofs are to carry."""
        return self._nonces.nonce(self._clock())

    async def check(self, text: str, *, method: str, path: str, token: str | None = None) -> Proof:
        """What the proof of a request proves. `token`: that it comes with. Raises ProofRefused."""
        proof = read_proof(text, method=method, url=self._public_url + path, token=token)
        now = self._clock()
        if not self._nonces.is_fresh(proof.nonce, now):
            raise _stale(proof.made_at - now.timestamp())
        if not await self._seen.is_first(proof.jkt, proof.proof_id):
            raise wrong_proof("replayed")
        return proof


def _stale(offset_s: float) -> ProofRefused:
    if not _NEAR_S < abs(offset_s) < _FARTHEST_S:
        return ProofRefused("use_dpop_nonce")
    seconds = round(offset_s)
    return ProofRefused(
        "use_dpop_nonce", text="use_dpop_nonce.clock", clock_offset_s=seconds, seconds=seconds
    )
