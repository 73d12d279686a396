"""The form in which a phone sends what it saved without signal, and what it is answered."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar.openapi.spec import Discriminator, OpenAPIType, Reference, Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition

from asm.api.problems import ProblemDetails
from asm.api.v1.capacity import QuietNightRequest
from asm.api.v1.stay_changes import Departure, NewDeparture, NewRoom, VoidReason
from asm.api.v1.stay_inputs import StayDeclaration
from asm.stays.change import Changed
from asm.stays.changes import Amend
from asm.stays.declaration import Outcome
from asm.stays.statements.quiet_nights import QuietNight

MAX_ITEMS: Final = 100
_Version = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
_Index = Annotated[int, msgspec.Meta(ge=0, le=99)]


class SavedOnPhone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the record was saved, by the phone's own clock. `proof`: a compact JWS (ES256, `typ`
    `asm-saved+jwt`) by the device's key over `{"key", "saved_at", "body_sha256"}`: the item's key,
    this time, and the base64url SHA-256 of the body's bytes as they stand in the request.
    """

    at: datetime
    proof: str | None = None


class StayReference(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which stay: its `id`, or `declared_by`, the key of the declaration that it came in, with the
    place of its `guest` in it, from 0.
    """

    id: UUID | None = None
    declared_by: str | None = None
    guest: _Index = 0


class Nothing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An empty object."""


class _Record(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="deed"
):
    key: str
    saved: SavedOnPhone | None = None


class DeclareItem(_Record, frozen=True, kw_only=True, tag="declare"):
    """As `declareStay`."""

    body: StayDeclaration


class QuietNightItem(_Record, frozen=True, kw_only=True, tag="quiet_night"):
    """As `sayNoGuests`."""

    body: QuietNightRequest


class _OfStay(_Record, frozen=True, kw_only=True):
    stay: StayReference
    version: _Version | None = None


class ExtendItem(_OfStay, frozen=True, kw_only=True, tag="extend"):
    """As `extendStay`."""

    body: NewDeparture


class MoveItem(_OfStay, frozen=True, kw_only=True, tag="move"):
    """As `moveStay`."""

    body: NewRoom


class DepartItem(_OfStay, frozen=True, kw_only=True, tag="depart"):
    """As `departStay`. Say when: an absent time is the one at which it is received."""

    body: Departure


class UndoDepartureItem(_OfStay, frozen=True, kw_only=True, tag="undo_departure"):
    """As `undoDeparture`."""

    body: Nothing


class AmendItem(_OfStay, frozen=True, kw_only=True, tag="amend"):
    """As `amendStay`."""

    body: Amend


class VoidItem(_OfStay, frozen=True, kw_only=True, tag="void"):
    """As `voidStay`."""

    body: VoidReason


ChangeItem = ExtendItem | MoveItem | DepartItem | UndoDepartureItem | AmendItem | VoidItem
BatchItem = (
    DeclareItem
    | QuietNightItem
    | ExtendItem
    | MoveItem
    | DepartItem
    | UndoDepartureItem
    | AmendItem
    | VoidItem
)


class Items:
    """The items as they came in: each is read by itself, so that one which is not as it should be
    sinks no other. For the contract they are a list of `BatchItem`.
    """

    def __init__(self, raw: Any) -> None:
        self.raw = raw


def decode_items(_: type, raw: Any) -> Items:
    """For the decoder of the handler's body."""
    return Items(raw)


class RecordBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """1 to 100 records, done in the order in which they stand."""

    items: Items


class BatchItemAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one item: the `status` and the answer that the single operation would have
    given. `key` is null where the item had none that could be read. Pointers of a `problem` begin
    at the item.
    """

    key: str | None
    status: int
    replayed: bool = False
    outcome: Outcome | None = None
    changed: Changed | None = None
    quiet_night: QuietNight | None = None
    problem: ProblemDetails | None = None


class BatchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer for each item, in the order sent. `server_time`: what this server's clock shows,
    by which a phone may know how far its own is off.
    """

    server_time: datetime
    items: list[BatchItemAnswer]


_DEEDS: Final = {
    str(kind.__struct_config__.tag): f"#/components/schemas/{kind.__name__}"
    for kind in BatchItem.__args__
}


class ItemsInContract(OpenAPISchemaPlugin):
    """Says what `Items` are."""

    @staticmethod
    def is_plugin_supported_type(value: Any) -> bool:
        """Whether it is what this is for."""
        return value is Items

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Schema:
        """A list of the shapes of one item, which their `deed` tells apart."""
        del field_definition
        kinds = [FieldDefinition.from_annotation(kind) for kind in BatchItem.__args__]
        schemas: list[Schema | Reference] = [
            schema_creator.for_field_definition(kind) for kind in kinds
        ]
        return Schema(
            type=OpenAPIType.ARRAY,
            items=Schema(
                one_of=schemas, discriminator=Discriminator(property_name="deed", mapping=_DEEDS)
            ),
            min_items=1,
            max_items=MAX_ITEMS,
        )
