"""`python -m mobile_contract.generate`: write what is derived from the code.

That is the contract of version 1, the list of operations in docs/api.md, the rules in
docs/rules.md, the codes of refusals in docs/problems.md, the background checks in docs/checks.md,
what figures mean in docs/figures.md,
the environment variables in docs/settings.md, what monitoring asks in docs/health.md and what the
doctor finds in docs/doctor.md. Tests hold all of them to the code.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from litestar import Litestar

from asm.api.contract import published
from asm.app import create_app
from asm.identity.vault.keys import create_keys
from asm.settings import Settings
from mobile_contract.checks_page import checks_page
from mobile_contract.doctor_page import doctor_page
from mobile_contract.figures_page import figures_page
from mobile_contract.health_page import health_page
from mobile_contract.problems_page import problems_page
from mobile_contract.reference import api_page, rules_page
from mobile_contract.settings_page import settings_page

PROJECT = Path(__file__).resolve().parents[1]
CONTRACT = Path("mobile_contract/v1/openapi.json")
COMMAND = "python -m mobile_contract.generate"


def application() -> Litestar:
    """The application as it stands. Nothing is connected to."""
    with TemporaryDirectory(prefix="asm-contract-") as folder:
        secrets = Path(folder)
        create_keys(secrets)
        return create_app(
            Settings(
                database_url="postgresql://nobody@127.0.0.1/none",
                worker_database_url="",
                admin_database_url="",
                redis_url="redis://127.0.0.1/0",
                secrets_dir=secrets,
                public_url="http://127.0.0.1",
                host="127.0.0.1",
                port=0,
                data_dir=secrets,
                log_json=True,
            )
        )


def contract() -> dict[str, Any]:
    """The contract of the application as it stands."""
    return published(application().openapi_schema.to_schema())


def contract_text() -> str:
    """The contract as it is committed."""
    return json.dumps(contract(), ensure_ascii=False, indent=2) + "\n"


#: Each derived file and what makes its text from the project's folder.
DERIVED: dict[Path, Callable[[Path], str]] = {
    CONTRACT: lambda _: contract_text(),
    Path("docs/api.md"): lambda project: api_page(project, contract()),
    Path("docs/rules.md"): lambda _: rules_page(),
    Path("docs/problems.md"): lambda _: problems_page(application()),
    Path("docs/checks.md"): lambda _: checks_page(),
    Path("docs/health.md"): lambda _: health_page(),
    Path("docs/settings.md"): lambda _: settings_page(),
    Path("docs/doctor.md"): lambda _: doctor_page(),
    Path("docs/figures.md"): lambda _: figures_page(),
}


def main() -> None:
    """Write every derived file that differs, and name it."""
    for path, make in DERIVED.items():
        file, text = PROJECT / path, make(PROJECT)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            sys.stdout.write(f"written: {path}\n")


if __name__ == "__main__":
    main()
