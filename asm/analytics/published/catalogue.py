"""The releases as DCAT-AP 3: one catalogue, a dataset for each release, a distribution for each
file. Every node that something refers to has a type, dates are `xsd:date` and looked at as text:
engines that validate take a date-time for a date.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec
from rdflib import (
    DCAT,
    DCTERMS,
    FOAF,
    RDF,
    RDFS,
    SKOS,
    XSD,
    BNode,
    Graph,
    Literal,
    Namespace,
    URIRef,
)
from rdflib.term import Node

from asm.analytics.published.manifest import LICENCE, Edition, through
from asm.analytics.published.release_files import CSV, JSON, XLSX, FileFacts, ReleaseFile
from asm.locales.texts import both

TURTLE: Final = "text/turtle"
JSON_LD: Final = "application/ld+json"
_SPDX: Final = Namespace("http://spdx.org/rdf/terms#")
_ADMS: Final = Namespace("http://www.w3.org/ns/adms#")
_VCARD: Final = Namespace("http://www.w3.org/2006/vcard/ns#")
#: Of DCAT 3, which rdflib's own list of names does not hold yet.
_VERSION: Final = URIRef("http://www.w3.org/ns/dcat#version")
_EU: Final = "http://publications.europa.eu/resource/authority/"
_VIETNAM: Final = URIRef(f"{_EU}country/VNM")
_WEEKLY: Final = URIRef(f"{_EU}frequency/WEEKLY")
_THEME: Final = URIRef(f"{_EU}data-theme/ECON")
_LANGUAGES: Final = (URIRef(f"{_EU}language/VIE"), URIRef(f"{_EU}language/ENG"))
_FORMATS: Final = {CSV: "CSV", JSON: "JSON", XLSX: "XLSX"}
_IANA: Final = "https://www.iana.org/assignments/media-types/"
_TYPED_DATE: Final = re.compile(r'"([^"]*)"\^\^xsd:date(?![A-Za-z])')
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class ListedRelease(msgspec.Struct, frozen=True, kw_only=True):
    """A release with its files, and why it was withdrawn, if it was."""

    edition: Edition
    files: list[FileFacts]
    withdrawn: str | None = None


def catalogue_files(releases: list[ListedRelease], base: str) -> list[ReleaseFile]:
    """The catalogue as Turtle and as JSON-LD; `base` is the address of this installation.

    Raises ValueError for a date that is none: what is published is what was looked at.
    """
    graph = _graph(releases, base.rstrip("/"))
    turtle = graph.serialize(format="turtle")
    check_dates(turtle)
    json_ld = graph.serialize(format="json-ld", auto_compact=True, sort_keys=True)
    return [
        ReleaseFile(name="catalogue.ttl", media_type=TURTLE, content=turtle.encode()),
        ReleaseFile(name="catalogue.jsonld", media_type=JSON_LD, content=json_ld.encode()),
    ]


def check_dates(turtle: str) -> None:
    """Raise ValueError where something typed `xsd:date` does not read as one, or where none is."""
    dates = _TYPED_DATE.findall(turtle)
    if not dates:
        raise ValueError("no date in the catalogue")
    for text in dates:
        if not _DATE.fullmatch(text):
            raise ValueError(f"no xsd:date: {text}")
        date.fromisoformat(text)


class _Writer:
    def __init__(self, base: str) -> None:
        self.base = base
        self.graph = Graph()
        for prefix, namespace in (
            ("dcat", DCAT), ("dct", DCTERMS), ("foaf", FOAF), ("spdx", _SPDX), ("adms", _ADMS),
            ("vcard", _VCARD), ("skos", SKOS), ("xsd", XSD),
        ):  # fmt: skip
            self.graph.bind(prefix, namespace)

    def typed(self, node: Node, kind: URIRef) -> Node:
        self.graph.add((node, RDF.type, kind))
        return node

    def say(self, node: Node, predicate: URIRef, text_id: str, **facts: object) -> None:
        vi, en = both("published", text_id, facts)
        self.graph.add((node, predicate, Literal(vi, lang="vi")))
        self.graph.add((node, predicate, Literal(en, lang="en")))

    def add(self, node: Node, pairs: Iterable[tuple[URIRef, Node]]) -> None:
        for predicate, value in pairs:
            self.graph.add((node, predicate, value))

    def date(self, text: str) -> Literal:
        """As it is written: rdflib would turn a value into another text."""
        return Literal(text, datatype=XSD.date, normalize=False)


def _graph(releases: list[ListedRelease], base: str) -> Graph:
    writer = _Writer(base)
    publisher = writer.typed(URIRef(f"{base}/open#publisher"), FOAF.Agent)
    writer.say(publisher, FOAF.name, "publisher")
    for language in _LANGUAGES:
        writer.typed(language, DCTERMS.LinguisticSystem)
    writer.typed(URIRef(LICENCE), DCTERMS.LicenseDocument)
    writer.typed(_VIETNAM, DCTERMS.Location)
    writer.typed(_WEEKLY, DCTERMS.Frequency)
    writer.typed(_THEME, SKOS.Concept)
    writer.graph.add((_THEME, SKOS.prefLabel, Literal("Economy and finance", lang="en")))
    home = writer.typed(URIRef(f"{base}/open"), FOAF.Document)
    catalogue = writer.typed(URIRef(f"{base}/open#catalogue"), DCAT.Catalog)
    writer.say(catalogue, DCTERMS.title, "catalogue")
    writer.say(catalogue, DCTERMS.description, "summary")
    published = [each.edition.published_on.isoformat() for each in releases]
    writer.add(
        catalogue,
        [
            (DCTERMS.publisher, publisher),
            (DCTERMS.license, URIRef(LICENCE)),
            (FOAF.homepage, home),
            (DCTERMS.spatial, _VIETNAM),
            *((DCTERMS.language, language) for language in _LANGUAGES),
            *((DCTERMS.modified, writer.date(text)) for text in sorted(published)[-1:]),
        ],
    )
    for release in releases:
        writer.graph.add((catalogue, DCAT.dataset, _dataset(writer, release, publisher, home)))
    return writer.graph


def _dataset(writer: _Writer, release: ListedRelease, publisher: Node, home: Node) -> Node:
    edition = release.edition
    week = edition.id.partition(".")[0]
    address = f"{writer.base}/open/{edition.id}"
    dataset = writer.typed(URIRef(f"{address}#dataset"), DCAT.Dataset)
    writer.say(dataset, DCTERMS.title, "title", week=week)
    writer.say(dataset, DCTERMS.description, "summary")
    period = writer.typed(BNode(), DCTERMS.PeriodOfTime)
    writer.add(
        period,
        [
            (DCAT.startDate, writer.date(edition.monday.isoformat())),
            (DCAT.endDate, writer.date(through(edition.monday))),
        ],
    )
    contact = writer.typed(BNode(), _VCARD.Organization)
    writer.say(contact, _VCARD.fn, "publisher")
    writer.graph.add((contact, _VCARD.hasURL, home))
    page = writer.typed(URIRef(address), FOAF.Document)
    writer.add(
        dataset,
        [
            (DCTERMS.identifier, Literal(edition.id)),
            (DCTERMS.publisher, publisher),
            (DCTERMS.issued, writer.date(edition.published_on.isoformat())),
            (DCTERMS.temporal, period),
            (DCTERMS.spatial, _VIETNAM),
            (DCTERMS.accrualPeriodicity, _WEEKLY),
            (DCAT.theme, _THEME),
            (DCAT.contactPoint, contact),
            (DCAT.landingPage, page),
            (_VERSION, Literal(str(edition.vintage))),
            *((DCTERMS.language, language) for language in _LANGUAGES),
        ],
    )
    if release.withdrawn:
        writer.graph.add((dataset, _ADMS.versionNotes, Literal(release.withdrawn)))
        return dataset  # its files are no longer given out
    for file in release.files:
        if file.media_type in _FORMATS and file.name != "datapackage.json":
            writer.graph.add((dataset, DCAT.distribution, _distribution(writer, edition, file)))
    return dataset


def _distribution(writer: _Writer, edition: Edition, file: FileFacts) -> Node:
    address = f"{writer.base}/open/{edition.id}/{file.name}"
    node = writer.typed(URIRef(f"{address}#distribution"), DCAT.Distribution)
    writer.say(node, DCTERMS.title, f"table.{file.name.partition('.')[0]}")
    media_type = writer.typed(URIRef(_IANA + file.media_type), DCTERMS.MediaType)
    shape = writer.typed(
        URIRef(f"{_EU}file-type/{_FORMATS[file.media_type]}"), DCTERMS.MediaTypeOrExtent
    )
    download = writer.typed(URIRef(address), RDFS.Resource)
    algorithm = writer.typed(_SPDX.checksumAlgorithm_sha256, _SPDX.ChecksumAlgorithm)
    checksum = writer.typed(BNode(), _SPDX.Checksum)
    writer.add(
        checksum,
        [
            (_SPDX.algorithm, algorithm),
            (_SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary, normalize=False)),
        ],
    )
    writer.add(
        node,
        [
            (DCAT.accessURL, download),
            (DCAT.downloadURL, download),
            (DCAT.mediaType, media_type),
            (DCTERMS.format, shape),
            (DCTERMS.license, URIRef(LICENCE)),
            (DCTERMS.issued, writer.date(edition.published_on.isoformat())),
            (DCAT.byteSize, Literal(str(file.size), datatype=XSD.nonNegativeInteger)),
            (_SPDX.checksum, checksum),
        ],
    )
    return node
