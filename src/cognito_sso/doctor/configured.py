"""The settings as such: can they be read, and are the cookie keys those of now?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cognito_sso.doctor.finding import Finding, Part

MOST_KEYS_OF_A_ROTATION = 2

SETTINGS = Part("Settings")
READABLE = SETTINGS.ok("settings_readable", "The settings can be read.")
INVALID = SETTINGS.error(
    "setting_invalid",
    "{fault}",
    why="The service does not start with it.",
    remedy="Mend it; docs/configuration.md says what each setting takes.",
)
NOTHING_ELSE = SETTINGS.skipped(
    "nothing_else_examined", "Nothing else was examined: that takes settings that can be read."
)
OFFLINE = SETTINGS.skipped("offline", "No host was asked: --offline.")

KEYS = Part("Cookie keys")
KEYS_IN_FORCE = KEYS.ok("cookie_keys_in_force", "Cookie keys: {count}. The first seals, all open.")
KEYS_LEFT_OVER = KEYS.warning(
    "cookie_keys_left_over",
    "{count} cookie keys are in force; a rotation needs two.",
    why="Whoever has an old one can still forge a session.",
    remedy="Take away those that have not been the first for SSO_SESSION_MAX_AGE ({max_age} seconds).",
)


def judge_faults(faults: Sequence[str]) -> Iterator[Finding]:
    """The settings can't be read. No fault shows a secret."""
    yield from (INVALID.found(fault=fault) for fault in faults)
    yield NOTHING_ELSE.found()


def judge_keys(count: int, *, session_max_age: int) -> Finding:
    if count > MOST_KEYS_OF_A_ROTATION:
        return KEYS_LEFT_OVER.found(count=count, max_age=session_max_age)
    return KEYS_IN_FORCE.found(count=count)
