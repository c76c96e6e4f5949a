"""Nothing reaches for the network when it is imported, and nothing warns."""

from __future__ import annotations

import subprocess
import sys

from tests.fresh_python import said_by
from tests.project.repository import ROOT

OFFLINE = """
import importlib, pkgutil, socket, sys

def refused(*_, **__):
    raise AssertionError("the network, at import")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = refused
import cognito_sso

for module in pkgutil.walk_packages(cognito_sso.__path__, "cognito_sso."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(len([name for name in sys.modules if name.startswith("cognito_sso.")]))
"""


def test_no_module_asks_the_network_when_it_is_imported_sec_553() -> None:
    ran = subprocess.run([sys.executable, "-c", OFFLINE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 100


def test_rsa_is_checked_by_cryptography_sec_553() -> None:
    """python-jose would silently fall back to pure Python."""
    told = "from jose.backends import RSAKey; print(RSAKey.__name__)"
    assert said_by(told).strip() == "CryptographyRSAKey"
