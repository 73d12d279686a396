"""A ward's silent houses by pages: none is left out, none stands twice."""

from itertools import chain

from asm.analytics.tonight import FacilityTonight
from asm.db.base import new_id
from asm.wards.evening.silent import Silence, SilentHouse
from asm.web.ward.silent_listed import first_listed, listed_page


def silent(count: int) -> list[SilentHouse]:
    return [
        SilentHouse(
            facility=FacilityTonight(
                id=new_id(),
                name=f"Nhà nghỉ {number}",
                kind="guest_house",
                phone=None,
                closed=False,
                declared=False,
                guests=0,
                last_declared_at=None,
            ),
            habit=None,
            call=None,
        )
        for number in range(count)
    ]


def a_silence(to_call: int, called: int, later: int) -> Silence:
    return Silence(to_call=silent(to_call), called=silent(called), later=silent(later))


def test_all_pages_together_list_every_house_once() -> None:
    silence = a_silence(130, 45, 351)
    pages = [listed_page(silence, number) for number in range(1, 7)]
    assert {page.pages for page in pages} == {6}
    assert [len(page.houses) for page in pages] == [100, 100, 100, 100, 100, 26]
    assert list(chain.from_iterable(page.houses for page in pages)) == [
        *silence.to_call,
        *silence.called,
        *silence.later,
    ]
    assert (len(pages[1].to_call), len(pages[1].called), len(pages[1].later)) == (30, 45, 25)


def test_a_page_beyond_the_last_is_the_last() -> None:
    silence = a_silence(1, 0, 100)
    assert listed_page(silence, 9) == listed_page(silence, 2)
    assert listed_page(a_silence(0, 0, 0), 3).pages == 1


def test_the_first_look_says_when_it_leaves_some_out() -> None:
    many = first_listed(a_silence(60, 60, 9))
    assert (len(many.to_call), len(many.called), len(many.later), many.more) == (50, 50, 8, True)
    few = first_listed(a_silence(2, 1, 8))
    assert (len(few.houses), few.more, few.pages) == (11, False, 1)
