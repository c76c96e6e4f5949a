"""Tenants and cookie keys change while the service runs: read anew on SIGHUP, or when their files change."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from cognito_sso.cookies import Seal
from cognito_sso.login.tenant_directory import TenantDirectory
from cognito_sso.login.tenants import Tenant, TenantsFileInvalid, load_tenants
from cognito_sso.observability import EmailDigest
from cognito_sso.settings import ConfigurationError, Settings

LOOK_EVERY_SECONDS = 5.0
_log = logging.getLogger("cognito_sso.reload")


class Reloader:
    """Puts new tenants and cookie keys in force, as a whole or not at all. Every other setting wants a restart."""

    def __init__(
        self, *, read: Callable[[], Settings], seal: Seal, directory: TenantDirectory, email_digest: EmailDigest
    ) -> None:
        self._read = read
        self._seal = seal
        self._directory = directory
        self._email_digest = email_digest

    def reload(self) -> bool:
        """Whether the new ones are in force. Faults are logged, and leave the old ones there."""
        try:
            settings = self._read()
            listed = listed_tenants(settings)
        except ConfigurationError as error:
            for fault in error.faults:
                _log.error("not reloaded, the old settings stay in force: %s", fault)
            return False
        self._seal.use(settings.cookie_keys)
        self._email_digest.use(settings.cookie_keys[0])
        self._directory.use_listed(listed)
        _log.warning("reloaded: %d cookie keys, %d tenants of the file", len(settings.cookie_keys), len(listed))
        return True

    async def watch(self, files: Iterable[Path]) -> None:
        """Reloads when one of the files is another one than before, and was it for two looks: half a file can be valid.

        Runs until it is cancelled.
        """
        files = tuple(files)
        read = seen = [_mark(file) for file in files]
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            before, seen = seen, [_mark(file) for file in files]
            if read != seen == before:
                read = seen
                self.reload()


def listed_tenants(settings: Settings) -> tuple[Tenant, ...]:
    """The tenants of the file, if there is one. Raises `ConfigurationError`."""
    try:
        return load_tenants(settings.sso_tenants_file) if settings.sso_tenants_file else ()
    except TenantsFileInvalid as error:
        raise ConfigurationError([f"SSO_TENANTS_FILE: {fault}" for fault in error.faults]) from None


def watched_files(settings: Settings) -> tuple[Path, ...]:
    """The files that can change under us: mounted secrets are swapped in place by Docker and Kubernetes."""
    secrets = os.environ.get("SSO_SECRETS_DIR")
    keys = [Path(secrets) / "sso_cookie_keys", Path(secrets) / "SSO_COOKIE_KEYS"] if secrets else []
    return (*([settings.sso_tenants_file] if settings.sso_tenants_file else []), *keys)


def _mark(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
