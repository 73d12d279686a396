import socket

import pytest

from asm.errors import ConfigurationError
from local.machine.ports import any_free_port, choose_port, is_free, parse_port


@pytest.mark.parametrize("text", ["", "http", "0", "65536", "-1", "80.5"])
def test_what_is_not_a_port_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigurationError, match="ASM_PORT"):
        parse_port(text, "ASM_PORT")


def test_a_port_somebody_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not is_free(server.getsockname()[1])


def test_the_preferred_port_is_taken_when_free() -> None:
    port = any_free_port()
    assert choose_port("ASM_PORT", preferred=port, environ={}) == port


def test_another_port_is_found_when_the_preferred_one_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert choose_port("ASM_PORT", preferred=taken, environ={}) != taken


def test_a_port_that_was_asked_for_and_is_taken_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"{taken}.*in use"):
            choose_port("ASM_PORT", environ={"ASM_PORT": str(taken)})


def test_what_was_asked_for_wins_over_what_was_remembered() -> None:
    wanted_port = any_free_port()
    assert (
        choose_port("ASM_PORT", preferred=1, environ={"ASM_PORT": str(wanted_port)}) == wanted_port
    )
