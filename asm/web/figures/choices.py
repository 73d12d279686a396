"""What the filter of a figures page offers, and how codes are called."""

from functools import cache
from typing import Any

from asm.accounts.access import Scope
from asm.analytics.exports.figure_tables import Labels
from asm.analytics.questions.area import Area
from asm.facilities.kinds import KINDS
from asm.geo.areas.wards import list_provinces, list_wards
from asm.identity.nationalities import nationalities
from asm.stays.rules.catalogues import REASONS
from asm.web.formats import country_name


@cache
def labels_in(language: str) -> Labels:
    """How codes are written in a language."""
    english = language == "en"
    return Labels(
        language=language,
        kinds={kind.code: kind.label_en if english else kind.label for kind in KINDS.values()},
        reasons={
            reason.code: reason.label_en if english else reason.label for reason in REASONS.values()
        },
        country=lambda code: country_name(code, language),
    )


@cache
def code_labels(language: str) -> dict[str, str]:
    """The same as `asm.analytics.exports.origin_nights` takes them."""
    labels = labels_in(language)
    return {
        **{f"kind:{code}": label for code, label in labels.kinds.items()},
        **{f"reason:{code}": label for code, label in labels.reasons.items()},
        "reason:0": labels.reason(0),
        **{f"residence:C{code}": labels.country(code) for code in nationalities()},
        "residence:?": labels.of("about.unknown"),
    }


async def area_choices(scope: Scope, own: Area) -> list[tuple[str, str]]:
    """The areas that the officer may choose, as the filter's values and names; none for a ward's
    officer, who has one.
    """
    if own.kind == "ward":
        return []
    if own.kind == "province":
        wards = await list_wards(scope.session, own.code or "")
        return [(str(own), ""), *((f"ward:{ward.code}", ward.name) for ward in wards)]
    provinces = await list_provinces(scope.session)
    return [("country", ""), *((f"province:{each.code}", each.name) for each in provinces)]


async def filter_choices(scope: Scope, own: Area, language: str) -> dict[str, Any]:
    """Everything that the form of the filter offers."""
    labels = labels_in(language)
    return {
        "areas": await area_choices(scope, own),
        "kinds": sorted(labels.kinds.items(), key=lambda each: each[1]),
        "reasons": [(0, labels.reason(0)), *labels.reasons.items()],
        "labels": labels,
    }
