"""The catalogue as portals check it: shapes without inference, every node typed, dates as text."""

import json
from datetime import date
from pathlib import Path

import pytest
from pyshacl import validate
from rdflib import RDF, Graph, Literal, URIRef

from asm.analytics.published.catalogue import ListedRelease, catalogue_files, check_dates
from asm.analytics.published.manifest import Edition
from asm.analytics.published.release_files import CSV, JSON, XLSX, FileFacts

SHAPES = Path(__file__).with_name("shapes.ttl")
MONDAY = date(2026, 11, 9)


def listed(vintage: int, withdrawn: str | None = None) -> ListedRelease:
    facts = [
        FileFacts(name=f"guests.{suffix}", media_type=media_type, sha256="ab" * 32, size=1234)
        for suffix, media_type in (("csv", CSV), ("json", JSON), ("xlsx", XLSX))
    ]
    facts.append(FileFacts(name="datapackage.json", media_type=JSON, sha256="cd" * 32, size=99))
    edition = Edition(monday=MONDAY, vintage=vintage, published_on=date(2026, 11, 23))
    return ListedRelease(edition=edition, files=facts, withdrawn=withdrawn)


@pytest.fixture(scope="module")
def published() -> dict[str, bytes]:
    files = catalogue_files([listed(2), listed(1, "Khai nhầm")], "https://asm.example.vn/")
    return {file.name: file.content for file in files}


def conforms(turtle: bytes) -> tuple[bool, str]:
    """By the very bytes that are given out; nothing is inferred."""
    graph = Graph().parse(data=turtle, format="turtle")
    shapes = Graph().parse(SHAPES, format="turtle")
    fine, _, report = validate(graph, shacl_graph=shapes, inference="none", advanced=False)
    return fine, report


def test_it_conforms_and_the_shapes_would_say_so(published: dict[str, bytes]) -> None:
    fine, report = conforms(published["catalogue.ttl"])
    assert fine, report
    untyped = published["catalogue.ttl"].replace(b"a foaf:Agent", b"a foaf:Nobody")
    assert not conforms(untyped)[0]


def test_every_node_that_is_referred_to_has_a_type(published: dict[str, bytes]) -> None:
    graph = Graph().parse(data=published["catalogue.ttl"], format="turtle")
    nodes = {
        value
        for _, predicate, value in graph
        if predicate != RDF.type and not isinstance(value, Literal)
    }
    assert len(nodes) > 10
    assert [node for node in nodes if (node, RDF.type, None) not in graph] == []
    # The same in JSON: every node of the list says what it is.
    listed_nodes = json.loads(published["catalogue.jsonld"])["@graph"]
    assert len(listed_nodes) > 10
    assert [node["@id"] for node in listed_nodes if "@type" not in node] == []


def test_dates_are_dates_as_text(published: dict[str, bytes]) -> None:
    turtle = published["catalogue.ttl"].decode()
    assert '"2026-11-09"^^xsd:date' in turtle
    assert '"2026-11-15"^^xsd:date' in turtle
    check_dates(turtle)
    for wrong in ("2026-11-09T00:00:00", "2026-11-9", "2026-02-30", ""):
        with pytest.raises(ValueError, match=r"date|day"):
            check_dates(turtle.replace("2026-11-09", wrong))
    with pytest.raises(ValueError, match="no date"):
        check_dates("")


def test_a_withdrawn_release_is_listed_without_files(published: dict[str, bytes]) -> None:
    graph = Graph().parse(data=published["catalogue.ttl"], format="turtle")
    given_out = URIRef("http://www.w3.org/ns/dcat#distribution")
    notes = URIRef("http://www.w3.org/ns/adms#versionNotes")
    base = "https://asm.example.vn/open/2026-W46"
    assert len(set(graph.objects(URIRef(f"{base}.2#dataset"), given_out))) == 3
    assert not set(graph.objects(URIRef(f"{base}.1#dataset"), given_out))
    assert set(graph.objects(URIRef(f"{base}.1#dataset"), notes)) == {Literal("Khai nhầm")}
