"""What the services name as the program."""

from pathlib import Path

from asm.install.steps.services import program_folder


def test_services_name_the_link_that_an_upgrade_turns(tmp_path: Path) -> None:
    real, link = tmp_path / "asm-0.1.0", tmp_path / "asm"
    (real / "bin").mkdir(parents=True)
    link.symlink_to(real.name)
    assert program_folder(link / "bin/asm", real) == link
    assert program_folder(real / "bin/asm", real) == real
    # `python -m asm`, and a program of somewhere else.
    assert program_folder(tmp_path / "site-packages/asm/__main__.py", real) == real
    assert program_folder(Path("asm"), real) == real
