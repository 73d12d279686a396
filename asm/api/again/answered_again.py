"""Operations whose answer is given again to who sends the same `Idempotency-Key` again.

    @post("/facilities", …)
    @answered_again
    async def register(data: …, in_scope: …) -> Facility: ...

The handler is left as it is: the key is taken, and the answer kept, around it and in its own
transaction. It gets the parameter `idempotency_key`, and so does the contract.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Final, ParamSpec, TypeVar

import msgspec
from litestar import Request, Response
from litestar.response.base import Response as BaseResponse

from asm.accounts.access import Access, Scope
from asm.accounts.answers.keep_answer import claim_answer, store_kept_answer
from asm.api.v1.idempotency import REPLAYED, IdempotencyKey
from asm.stays.intake.idempotency import check_key

P = ParamSpec("P")
T = TypeVar("T")
_KEY: Final = "idempotency_key"
_REQUEST: Final = "request"


class KeptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`status` is null where it is the operation's own."""

    body: Any
    status: int | None = None


def answered_again(handler: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Wrap a handler that writes, and takes a `Scope` or an `Access` of who is signed in."""
    signature = inspect.signature(handler)
    has_request = _REQUEST in signature.parameters

    @functools.wraps(handler)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> Any:
        key: Any = kwargs.pop(_KEY, None)
        request: Any = kwargs[_REQUEST] if has_request else kwargs.pop(_REQUEST)
        if key is None:
            return await handler(*args, **kwargs)
        check_key(key)
        access = await _access_of(request, kwargs)
        address = f"{request.url.path}?{request.url.query}"
        sent = f"{request.method} {address}\n".encode() + await request.body()
        stored = await claim_answer(access, key, sent)
        if stored is not None:
            return _again(stored)
        answer = await handler(*args, **kwargs)
        await store_kept_answer(access, key, msgspec.json.encode(_kept(answer)))
        return answer

    more = [inspect.Parameter(_KEY, _KIND, default=None, annotation=IdempotencyKey)]
    if not has_request:
        more.append(inspect.Parameter(_REQUEST, _KIND, annotation=Request[Any, Any, Any]))
    wrapped.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*signature.parameters.values(), *more]
    )
    wrapped.__annotations__ = {
        **handler.__annotations__,
        **{parameter.name: parameter.annotation for parameter in more},
    }
    return wrapped


_KIND: Final = inspect.Parameter.KEYWORD_ONLY


async def _access_of(request: Request[Any, Any, Any], given: dict[str, Any]) -> Access:
    """Of what the handler was given; with the keys, where it does not ask for them itself."""
    in_scope = next(each for each in given.values() if isinstance(each, Scope))
    if isinstance(in_scope, Access):
        return in_scope
    return Access(in_scope.session, in_scope.actor, await request.app.state.vault.current())


def _kept(answer: Any) -> KeptAnswer:
    if isinstance(answer, BaseResponse):
        return KeptAnswer(body=answer.content, status=answer.status_code)
    return KeptAnswer(body=answer)


def _again(stored: bytes) -> Response[Any]:
    kept = msgspec.json.decode(stored, type=KeptAnswer)
    return Response(kept.body, status_code=kept.status, headers=REPLAYED)
