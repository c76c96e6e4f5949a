"""Examines a set-up: settings, Cognito, Scalekit and the pool. Pure judges over answers that `examination` fetches."""

from __future__ import annotations

from cognito_sso.doctor.asking import Answer, Asker, NoAnswer
from cognito_sso.doctor.catalogue import KINDS
from cognito_sso.doctor.configured import OFFLINE, judge_faults
from cognito_sso.doctor.examination import examine_hosts, examine_settings, in_order
from cognito_sso.doctor.finding import Finding, Kind, Severity
from cognito_sso.doctor.report import as_json, as_text
from cognito_sso.doctor.setup import Setup

__all__ = [
    "KINDS",
    "OFFLINE",
    "Answer",
    "Asker",
    "Finding",
    "Kind",
    "NoAnswer",
    "Setup",
    "Severity",
    "as_json",
    "as_text",
    "examine_hosts",
    "examine_settings",
    "in_order",
    "judge_faults",
]
