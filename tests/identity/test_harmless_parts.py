"""A name whose parts were all looked at before is judged as one that nobody has looked at."""

import random
from pathlib import Path

from asm.identity import name_letters
from asm.identity.name_letters import name_flaw

PARTS = Path(__file__).parents[1] / "intake" / "data" / "name_parts.txt"
#: What makes names doubtful, often in company alone.
ODD = (
    "và", "cùng", "con", "2", "hai", "người", "khách", "Thò", "thi.", "Vawn", "Nguyeexn", "Vaên",
    "&", "/", "Nguyn", "(VIP)", "vợ", "Thij", "Huwowng", "Y", "K'Brơi", "A/L", "José", "NguyÔn",
)  # fmt: skip


def test_parts_seen_before_change_no_judgement() -> None:
    rng = random.Random(20261130)
    parts = [line for line in PARTS.read_text("utf-8").split("\n") if line and line[0] != "#"]
    doubted = 0
    for _ in range(6000):
        chosen = rng.choices(parts, k=rng.randint(1, 3)) + rng.choices(ODD, k=rng.randint(0, 2))
        rng.shuffle(chosen)
        name = " ".join(chosen)
        citizen = rng.random() < 0.8
        unseen = name_letters._flaw(name, citizen=citizen)
        assert name_flaw(name, citizen=citizen) == unseen, name
        doubted += unseen is not None
    assert 1000 < doubted < 5500
