"""The stand-in answers by its rules, misbehaves when told to, and obeys only who has the token."""

import random
import stat
from collections import Counter
from datetime import date
from typing import Any

import httpx
import pytest

from asm.checks.population.verify_identities import identity_of
from asm.demo.guests import invented_guest
from asm.demo.population.people import Question, answer
from tests.demo.population.service import PATIENCE_S, Service

ASK = "/v1/identities/verify"


def ask(number: str, name: str = "Nguyễn Văn Mẫu", born: str | None = "1990-08-15") -> str:
    return answer(Question(ref="0", number=number, name=name, birth_date=born))


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("001090000000", "match"),
        ("001190000017", "match"),
        ("001090000009", "unknown"),
        ("001090000088", "no_match"),
        ("001090000078", "match"),
        ("003090000000", "unknown"),  # no province was ever 003
        ("00109000000", "unknown"),
        ("00109000000A", "unknown"),
        ("٠٠١٠٩٠٠٠٠٠٠٠", "unknown"),
        ("", "unknown"),
        ("001091000000", "no_match"),  # born in 1991, says the number
        ("001290000000", "no_match"),  # born in 2090
    ],
)
def test_the_number_decides_who_exists(number: str, expected: str) -> None:
    assert ask(number) == expected


@pytest.mark.parametrize(
    ("name", "born", "expected"),
    [
        ("Nguyễn Văn Sai", "1990-08-15", "no_match"),
        ("NGUYEN VAN SAI", "1990-08-15", "no_match"),
        ("Nguyễn Văn Sài Gòn", "1990-08-15", "no_match"),
        ("Nguyễn Văn Saigon", "1990-08-15", "match"),
        ("", "1990-08-15", "no_match"),
        ("  ", "1990-08-15", "no_match"),
        ("Trần Thị Thử", "1990-01-01", "match"),
        ("Trần Thị Thử", "1990", "match"),
        ("Trần Thị Thử", "1989-12-31", "no_match"),
        ("Trần Thị Thử", None, "no_match"),
        ("Trần Thị Thử", "", "no_match"),
    ],
)
def test_name_and_birth_year_decide_whether_it_is_them(
    name: str, born: str | None, expected: str
) -> None:
    assert ask("001090000001", name, born) == expected


def test_the_demo_has_all_three_kinds_and_most_are_verified() -> None:
    chance = random.Random(20260701)
    guests = [invented_guest(chance, date(2026, 12, 31)) for _ in range(1200)]
    citizens = [identity_of(guest) for guest in guests if guest.nationality == "VNM"]
    answers = Counter(ask(citizen.number, citizen.name, citizen.birth_date) for citizen in citizens)
    assert answers["match"] / len(citizens) > 0.8
    assert answers["unknown"] > 20
    assert answers["no_match"] > 2


def question(**changes: Any) -> dict[str, Any]:
    return {"ref": "7", "number": "001090000001", "name": "Nguyễn Văn Mẫu", **changes}


def post(service: Service, body: Any, token: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {service.token if token is None else token}"}
    return service.http.post(service.url + ASK, json=body, headers=headers)


def test_it_answers_over_http_under_the_callers_refs(service: Service) -> None:
    items = [question(ref="b", birth_date="1990"), question(ref="a", number="001090000009")]
    answered = post(service, {"items": items})
    assert answered.status_code == 200
    assert answered.json() == {
        "items": [{"ref": "b", "answer": "match"}, {"ref": "a", "answer": "unknown"}]
    }


@pytest.mark.parametrize("path", [ASK, "/control"])
@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Bearer", "Basic eDp5"])
def test_only_the_token_opens_it(service: Service, path: str, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    assert service.http.post(service.url + path, json={}, headers=headers).status_code == 401


@pytest.mark.parametrize(
    "body",
    [{}, [], {"items": []}, {"items": [question()] * 101}, {"items": [question(extra=1)]},
     {"items": [question(number=1)]}],
)  # fmt: skip
def test_what_is_not_in_the_agreed_form_is_refused_without_an_echo(
    service: Service, body: Any
) -> None:
    refused = post(service, body)
    assert refused.status_code == 422
    assert "Mẫu" not in refused.text


def test_a_body_without_end_is_cut_off(service: Service) -> None:
    assert post(service, {"items": [question(name="x" * 300_000)]}).status_code == 413


def test_it_misbehaves_when_told_to(service: Service) -> None:
    body = {"items": [question()]}
    service.control(outage=True)
    assert post(service, body).status_code == 503
    service.control(outage=False, garbage=True)
    with pytest.raises(ValueError, match="Unterminated string"):
        post(service, body).json()
    service.control(garbage=False, error_rate=1.0)
    assert post(service, body).status_code == 500
    service.control(error_rate=0.0, hang=True)
    with pytest.raises(httpx.ReadTimeout):
        service.http.post(
            service.url + ASK,
            json=body,
            headers=service.authorization,
            timeout=httpx.Timeout(PATIENCE_S, read=0.2),
        )
    service.control(hang=False)
    assert post(service, body).status_code == 200


@pytest.mark.parametrize(
    "wrong", [{"latency_ms": -1}, {"error_rate": 2}, {"outage": "yes"}, {"people": 1}]
)
def test_a_wrong_control_changes_nothing(service: Service, wrong: dict[str, Any]) -> None:
    before = service.control()["faults"]
    refused = service.http.post(f"{service.url}/control", json=wrong, headers=service.authorization)
    assert refused.status_code == 422
    assert service.control()["faults"] == before


def test_elsewhere_there_is_nothing(service: Service) -> None:
    for path in ("/", "/v1/identities", "/docs"):
        assert (
            service.http.get(service.url + path, headers=service.authorization).status_code == 404
        )


def test_the_token_is_for_its_owner_and_stays(service: Service) -> None:
    assert stat.S_IMODE(service.token_file.stat().st_mode) == 0o600
    token = service.token
    service.kill()
    service.start()
    assert service.token == token
    assert token not in service.log.read_text()
