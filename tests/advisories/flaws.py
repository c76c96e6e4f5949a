"""Flaws that were published of systems like ours, and the test of each that shows we don't have it.

`python -m tests.advisories` writes docs/advisories.md from this list.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Flaw:
    """`ids` as published, the first one stands in the test's name; `test` is where it is, and what it is called."""

    ids: tuple[str, ...]
    found_in: str
    flaw: str
    test: str

    @property
    def marks(self) -> tuple[str, ...]:
        """The ids as they stand in the names of tests."""
        return tuple(one.lower().replace("-", "_").replace("#", "_").replace(" ", "_") for one in self.ids)


_HERE = "tests/advisories/test_"
REDIRECTS, SIGN_IN, JOSE, GATEWAYS, WEB = (
    f"{_HERE}{name}.py::" for name in ("redirects", "sign_in", "jose", "gateways", "web")
)

GROUPS: dict[str, tuple[Flaw, ...]] = {
    "Where the browser is sent": (
        Flaw(
            ("GHSA-qqxw-m5fj-f7gv",),
            "oauth2-proxy",
            "`/\\evil.com` was taken for a path",
            REDIRECTS + "test_a_backslash_is_no_slash_ghsa_qqxw_m5fj_f7gv",
        ),
        Flaw(
            ("GHSA-j7px-6hwj-hpjg", "GHSA-5m6c-jp6f-2vcv"),
            "oauth2-proxy",
            "white space between slashes, plain or encoded",
            REDIRECTS + "test_white_space_between_slashes_ghsa_j7px_6hwj_hpjg",
        ),
        Flaw(
            ("CVE-2021-21291", "GHSA-4mf2-f3wh-gvf2"),
            "oauth2-proxy",
            "`.example.com` let `evilexample.com` in",
            "tests/login/test_tenants.py::test_only_the_very_domain_counts_sec_378_cve_2021_21291",
        ),
        Flaw(
            ("CVE-2021-29651",),
            "Pomerium",
            "a token went along to the redirect's target",
            "tests/journeys/test_nothing_leaks.py::test_nothing_secret_is_in_an_answer_or_where_it_leads_cve_2021_29651_cve_2024_39315",
        ),
        Flaw(
            ("GHSA-7p99-3798-f85c", "nextjs-auth0#2381"),
            "express-openid-connect, nextjs-auth0",
            "parameters of the authorize URL could be injected through `returnTo`",
            REDIRECTS + "test_the_authorize_url_has_our_parameters_only_ghsa_7p99_3798_f85c",
        ),
        Flaw(
            ("CVE-2022-36087", "CVE-2021-32805", "CVE-2021-21330"),
            "oauthlib, Flask-AppBuilder, aiohttp",
            "the framework redirected `//evil` or a path with a slash too many",
            "tests/routes/test_hostile_requests.py::test_nothing_is_there_and_nothing_leads_elsewhere_sec_336_cve_2022_36087",
        ),
        Flaw(
            ("authlib 1.6.10",),
            "Authlib",
            "errors were redirected to an unchecked `redirect_uri`",
            REDIRECTS + "test_an_error_is_never_redirected_authlib_1_6_10",
        ),
        Flaw(
            ("cognito-at-edge",),
            "cognito-at-edge",
            "the sign-out's target was taken from the query as it was",
            REDIRECTS + "test_a_sign_out_ends_on_a_frontend_cognito_at_edge",
        ),
    ),
    "State, nonce, PKCE, sessions": (
        Flaw(
            ("CVE-2025-14546", "fastapi-sso#266"),
            "fastapi-sso",
            "`state` was not compared",
            SIGN_IN + "test_a_state_of_nobody_asks_cognito_nothing_cve_2025_14546",
        ),
        Flaw(
            ("fastapi-sso#186",),
            "fastapi-sso",
            "logins under way shared one object: somebody else's identity",
            SIGN_IN + "test_logins_at_once_are_each_their_own_fastapi_sso_186",
        ),
        Flaw(
            ("GHSA-fg6f-75jq-6523", "CVE-2025-68158"),
            "Authlib",
            "`state` was not bound to the browser: takeover by one click",
            "tests/journeys/test_what_comes_back.py::test_the_attackers_callback_in_the_victims_browser_asks_cognito_nothing_sec_213_ghsa_fg6f_75jq_6523",
        ),
        Flaw(
            ("GHSA-x445-f3h2-j279",),
            "Auth.js",
            "the login's cookie was not bound to its provider",
            SIGN_IN + "test_a_login_of_another_client_is_none_ghsa_x445_f3h2_j279",
        ),
        Flaw(
            ("GHSA-8fpg-xm3f-6cx3",),
            "Auth.js",
            "an error inside a check let everybody in",
            SIGN_IN + "test_a_check_that_breaks_lets_nobody_in_ghsa_8fpg_xm3f_6cx3",
        ),
        Flaw(
            ("GHSA-v64w-49xw-qq89",),
            "Auth.js",
            "the cookie of a login under way was accepted as a session",
            "tests/routes/test_me.py::test_every_sealed_value_in_every_slot_is_refused_sec_264_ghsa_v64w_49xw_qq89",
        ),
        Flaw(
            ("CVE-2021-41246", "GHSA-7rg2-qxmf-hhx9"),
            "express-openid-connect",
            "session fixation",
            "tests/journeys/test_what_comes_back.py::test_a_session_from_before_never_survives_a_login_sec_222_sec_223_cve_2021_41246",
        ),
        Flaw(
            ("CVE-2026-34454", "GHSA-f24x-5g9q-753f"),
            "oauth2-proxy",
            "a dead session's cookie stayed when the sign-in page was shown",
            "tests/routes/test_me.py::test_garbage_is_no_session_and_is_cleared_sec_262_cve_2026_34454",
        ),
        Flaw(
            ("CVE-2021-29652",),
            "Pomerium",
            "the callback's parameters were not protected",
            "tests/journeys/test_what_comes_back.py::test_the_callback_with_a_changed_wish_is_as_before_sec_302_cve_2021_29652",
        ),
        Flaw(
            ("CVE-2024-23647",),
            "authentik",
            "leaving out the challenge turned PKCE off",
            SIGN_IN + "test_the_challenge_is_always_sent_and_the_verifier_too_cve_2024_23647",
        ),
        Flaw(
            ("GHSA-7qjx-gp9h-65qj",),
            "Dex",
            "the list of allowed connectors was not held at the token exchange",
            "tests/login/test_tenants.py::test_a_refreshed_identity_has_to_prove_it_again_ghsa_7qjx_gp9h_65qj",
        ),
        Flaw(
            ("CVE-2024-23656",),
            "Dex",
            "TLS settings were silently dropped",
            SIGN_IN + "test_cognito_is_reached_by_tls_and_nothing_turns_it_off_cve_2024_23656",
        ),
        Flaw(
            ("CVE-2024-47616",),
            "Pomerium",
            "a token of one API was good at another",
            SIGN_IN + "test_a_machines_token_is_no_person_cve_2024_47616",
        ),
        Flaw(
            ("CVE-2025-47275", "GHSA-g98g-r7gf-2r25"),
            "Auth0's PHP SDK",
            "the cookie's authentication tag could be guessed",
            SIGN_IN + "test_no_part_of_the_tag_may_be_wrong_or_missing_cve_2025_47275",
        ),
        Flaw(
            ("mass assignment",),
            "a Scalekit example",
            "an endpoint wrote its body into the session",
            SIGN_IN + "test_no_endpoint_takes_a_members_of_the_session_mass_assignment",
        ),
    ),
    "Tokens": (
        Flaw(
            ("CVE-2024-33663", "CVE-2016-7036", "CVE-2024-37568", "CVE-2022-29217"),
            "python-jose, Authlib, PyJWT",
            "the public key as an HMAC secret",
            JOSE + "test_a_public_key_is_no_hmac_secret_cve_2024_33663",
        ),
        Flaw(
            ("CVE-2026-48526", "CVE-2026-49852"),
            "PyJWT, joserfc",
            "a JWK or nothing at all as an HMAC secret",
            JOSE + "test_nothing_and_a_jwk_are_no_hmac_secrets_cve_2026_48526",
        ),
        Flaw(
            ("CVE-2024-33664", "CVE-2024-28180"),
            "python-jose, go-jose",
            "an encrypted token that unpacks into gigabytes",
            JOSE + "test_an_encrypted_token_is_not_unpacked_cve_2024_33664",
        ),
        Flaw(
            ("CVE-2025-61920", "CVE-2025-27144"),
            "Authlib, go-jose",
            "endless segments cost minutes",
            JOSE + "test_a_long_token_is_not_read_cve_2025_61920",
        ),
        Flaw(
            ("CVE-2025-59420", "CVE-2026-32597"),
            "Authlib, PyJWT",
            "an unknown `crit` was ignored (by python-jose still)",
            JOSE + "test_a_critical_header_is_not_ignored_cve_2025_59420",
        ),
        Flaw(
            ("CVE-2026-27962", "GHSA-wvwj-cvrp-7pv5"),
            "Authlib",
            "the key was taken from the token's own header",
            JOSE + "test_a_token_brings_no_key_along_cve_2026_27962",
        ),
        Flaw(
            ("CVE-2022-39227",),
            "python-jwt",
            "a token in two serialisations at once",
            JOSE + "test_a_token_has_one_serialisation_cve_2022_39227",
        ),
        Flaw(
            ("CVE-2023-6681", "CVE-2017-11424"),
            "jwcrypto, PyJWT",
            "algorithms nobody asked for",
            JOSE + "test_there_is_one_algorithm_cve_2023_6681",
        ),
        Flaw(
            ("CVE-2026-34986",),
            "go-jose",
            "a malformed token was a crash",
            JOSE + "test_a_mangled_token_is_a_typed_error_cve_2026_34986",
        ),
        Flaw(
            ("CVE-2024-23342",),
            "ecdsa, which python-jose installs",
            "timing tells the private key",
            "tests/supply/test_ecdsa.py::test_a_whole_sign_in_never_imports_it_cve_2024_23342",
        ),
        Flaw(
            ("python-jose 3.5.0",),
            "python-jose, by our measurement",
            "missing `aud` and `exp`, unknown `kid`, `use: enc`, future `iat` pass; `exp: Infinity` crashes it",
            JOSE + "test_what_the_library_lets_pass_is_refused_python_jose_3_5_0",
        ),
        Flaw(
            ("CVE-2026-33496", "CVE-2021-32701", "GHSA-qvp4-rpmr-xwrr"),
            "Ory Oathkeeper",
            "a remembered verdict was used for another requirement",
            GATEWAYS + "test_a_remembered_verdict_is_for_its_own_filters_cve_2026_33496",
        ),
        Flaw(
            ("Cognito tokens",),
            "applications on Cognito",
            "ID tokens as access tokens, tokens of a sibling client or another pool",
            JOSE + "test_another_use_client_or_pool_is_refused_cognito_tokens",
        ),
    ),
    "Headers, proxies, gateways": (
        Flaw(
            ("CVE-2025-64484", "GHSA-vjrc-mh2v-45x6"),
            "oauth2-proxy",
            "`X_Forwarded_Email` slipped past the filter for hyphens",
            "tests/routes/test_hostile_requests.py::test_underscores_in_header_names_are_no_hyphens_cve_2025_64484",
        ),
        Flaw(
            ("CVE-2026-34457", "GHSA-5hvv-m4w4-gf6v"),
            "oauth2-proxy",
            "a health checker's User-Agent needed no sign-in",
            "tests/routes/test_hostile_requests.py::test_no_user_agent_opens_a_door_cve_2026_34457",
        ),
        Flaw(
            ("CVE-2026-40575", "CVE-2026-33495"),
            "oauth2-proxy, Ory Oathkeeper",
            "`X-Forwarded-Uri` and `-Proto` of anybody were believed",
            GATEWAYS + "test_what_a_stranger_forwards_changes_nothing_cve_2026_40575",
        ),
        Flaw(
            ("CVE-2025-54576", "GHSA-7rh7-c77v-6434"),
            "oauth2-proxy",
            "a rule for paths matched the query",
            GATEWAYS + "test_no_path_or_query_needs_no_sign_in_cve_2025_54576",
        ),
        Flaw(
            ("CVE-2026-41059", "CVE-2023-33189", "CVE-2026-33494", "CVE-2026-48794"),
            "oauth2-proxy, Pomerium, Ory Oathkeeper, Authelia",
            "`#`, `..` and the like: the rule saw another path than the app",
            GATEWAYS + "test_the_protected_path_decides_nothing_cve_2026_41059",
        ),
        Flaw(
            ("GHSA-w9mr-28mw-j8hg",),
            "Ory Oathkeeper",
            "`Connection: x-user` stripped the identity",
            GATEWAYS + "test_a_hop_by_hop_header_strips_nothing_ghsa_w9mr_28mw_j8hg",
        ),
        Flaw(
            ("CVE-2021-21411",),
            "oauth2-proxy",
            "a group filter was no longer enforced after a refactoring",
            GATEWAYS + "test_every_filter_keeps_somebody_out_cve_2021_21411",
        ),
        Flaw(
            ("CVE-2026-40574", "GHSA-c5c4-8r6x-56w3"),
            "oauth2-proxy",
            "several `@`: another domain than the one that was checked",
            "tests/login/test_email_address.py::test_what_unicode_would_turn_into_something_else_is_refused_sec_371_cve_2026_40574",
        ),
        Flaw(
            ("GHSA-7rqj-j65f-68wh",),
            "Auth.js",
            "a look-alike of `@` became one after the check",
            "tests/login/test_email_address.py::test_what_has_several_readings_is_refused_sec_370_ghsa_7rqj_j65f_68wh",
        ),
        Flaw(
            ("ALBeast",),
            "applications behind AWS load balancers",
            "anybody's load balancer could vouch for a user",
            GATEWAYS + "test_a_load_balancers_word_counts_nothing_albeast",
        ),
        Flaw(
            ("CVE-2022-24797",),
            "Pomerium",
            "profiling and metrics on the public port",
            WEB + "test_nothing_of_the_operators_is_on_the_public_port_cve_2022_24797",
        ),
        Flaw(
            ("CVE-2024-39315",),
            "Pomerium",
            "the user's page showed tokens",
            "tests/journeys/test_nothing_leaks.py::test_nothing_secret_is_in_an_answer_or_where_it_leads_cve_2021_29651_cve_2024_39315",
        ),
        Flaw(
            ("CVE-2026-48710", "GHSA-86qp-5c8j-p5mr"),
            "Starlette",
            "`Host` decided where a redirect led",
            "tests/routes/test_hostile_requests.py::test_host_and_forwarded_headers_of_anybody_change_nothing_sec_400_sec_401_cve_2026_48710",
        ),
    ),
    "Web, denial of service, caches": (
        Flaw(
            ("CVE-2021-32702", "CVE-2026-33525"),
            "nextjs-auth0, Authelia",
            "script in `error_description`",
            WEB + "test_what_cognito_says_is_never_shown_cve_2021_32702",
        ),
        Flaw(
            ("CVE-2025-48947",),
            "nextjs-auth0",
            "a CDN kept answers with cookies",
            "tests/journeys/test_nothing_leaks.py::test_every_answer_that_sets_a_cookie_is_stored_nowhere_cve_2025_48947",
        ),
        Flaw(
            ("nextjs-auth0#2382",),
            "nextjs-auth0",
            "a refresh under way was shared by two sessions",
            WEB + "test_two_people_who_refresh_at_once_get_their_own_nextjs_auth0_2382",
        ),
        Flaw(
            ("CVE-2021-32677",),
            "FastAPI",
            "JSON was accepted as `text/plain`, which any site may send",
            "tests/web/test_cross_origin.py::test_no_other_site_changes_anything_sec_321_sec_322_sec_325_cve_2021_32677",
        ),
        Flaw(
            (
                "CVE-2023-30798",
                "CVE-2023-29159",
                "CVE-2024-24762",
                "CVE-2025-62727",
                "CVE-2026-54282",
                "CVE-2026-48817",
            ),
            "Starlette, FastAPI, python-multipart",
            "forms, ranges and static files that cost minutes or lead outside",
            WEB + "test_forms_ranges_and_files_of_the_framework_are_not_used_cve_2023_30798",
        ),
        Flaw(
            ("CVE-2020-7694", "CVE-2020-7695"),
            "uvicorn",
            "escape codes in the log, line breaks in headers",
            WEB + "test_neither_log_nor_header_takes_a_line_break_cve_2020_7694",
        ),
        Flaw(
            ("CVE-2021-41945",),
            "httpx",
            "a URL was read in two ways",
            WEB + "test_no_host_is_asked_that_the_settings_do_not_name_cve_2021_41945",
        ),
        Flaw(
            ("GHSA-xmf8-cvqr-rfgj",),
            "Auth.js",
            "a malformed `Authorization` was a crash",
            "tests/routes/test_me.py::test_a_header_of_any_other_form_is_refused_ghsa_xmf8_cvqr_rfgj",
        ),
        Flaw(
            ("CVE-2025-53942", "CVE-2021-41230", "GHSA-x883-2vmg-xwf7"),
            "authentik, Pomerium, Authelia",
            "who was disabled, or lost a group, kept it",
            "tests/journeys/test_what_comes_back.py::test_a_revoked_or_disabled_person_is_out_at_the_next_refresh_sec_255_sec_445_cve_2025_53942",
        ),
        Flaw(
            ("CVE-2025-24806", "CVE-2026-47203", "GHSA-5jpx-9hw9-2fx4"),
            "Authelia, Auth.js",
            "one person under two spellings",
            WEB + "test_one_person_has_one_spelling_cve_2025_24806",
        ),
        Flaw(
            ("CVE-2026-14781",),
            "Keycloak",
            "`email_verified` of one source vouched for another",
            "tests/routes/test_me.py::test_booleans_are_booleans_cve_2026_14781",
        ),
        Flaw(
            ("CVE-2024-47832",),
            "SSOReady",
            "SAML signatures read in two ways. That hop is Scalekit's: what it can assert is bounded by the company",
            SIGN_IN + "test_a_company_speaks_for_its_own_people_only_cve_2024_47832",
        ),
    ),
}
