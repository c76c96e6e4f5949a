"""python-jose installs `ecdsa`, whose timing tells private keys, and two more: none of them is ever imported."""

from __future__ import annotations

import sys
from pathlib import Path

from cognito_sso.testing import Cognito
from tests.blackbox.running import running
from tests.world import FRONTEND, SERVICE

# With None in their place, importing one of them raises.
WITHOUT_THEM = (
    "import sys\n"
    "sys.modules.update(dict.fromkeys(('ecdsa', 'rsa', 'pyasn1')))\n"
    "from cognito_sso.cli import main\n"
    "sys.exit(main())"
)


async def test_a_whole_sign_in_never_imports_it_cve_2024_23342(tmp_path: Path) -> None:
    with running(tmp_path, program=(sys.executable, "-c", WITHOUT_THEM)) as service:
        browser = service.browser()
        await browser.goto(f"{SERVICE}/login/start", params={"email": "you@example.com"})
        await browser.press("Simulate Login", local_part="you")
        assert (await browser.http.get(f"{SERVICE}/me")).status_code == 200
        bearer = {"authorization": f"Bearer {Cognito(service.simulator).access_token()}"}
        assert (await browser.http.get(f"{SERVICE}/me", headers=bearer)).status_code == 200
        renewed = await browser.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})
        assert renewed.status_code == 200
        assert (await browser.http.post(f"{SERVICE}/auth/logout", json={}, headers={"origin": FRONTEND})).is_success
    assert "Traceback" not in "\n".join(service.log_lines())
