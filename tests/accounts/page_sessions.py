"""Page sessions that are opened without a browser."""

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from asm.accounts.login import SignedIn, SignInWish, sign_in
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from tests.accounts.throttling.doors import HOTEL


async def open_session(
    session: AsyncSession, login: str, password: str, device: str | None = None
) -> SignedIn:
    """What a browser in the hotel gets. `device`: what kind it says it is."""
    assert isinstance(session.bind, AsyncEngine)
    throttle = Throttle(async_sessionmaker(session.bind), b"test")
    wish = SignInWish(login=login, password=password, origin=RequestOrigin(network=HOTEL))
    return await sign_in(session, throttle, wish, device=device)
