"""The catalogue of attacks, by number: what bears no number in the tests is proven elsewhere, or not applicable."""

from __future__ import annotations

# fmt: off
NUMBERS = (
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 24, 25, 26, 27, 28, 30, 31, 100,
    101, 102, 103, 104, 105, 106, 108, 109, 110, 111, 112, 113, 114, 115, 117, 119, 120, 121, 122, 123, 124, 125, 126,
    128, 129, 130, 131, 132, 133, 134, 135, 136, 138, 139, 140, 180, 182, 183, 184, 185, 186, 188, 189, 190, 191, 192,
    193, 194, 195, 197, 198, 200, 201, 210, 211, 212, 213, 215, 216, 217, 218, 219, 220, 221, 222, 223, 224, 225, 226,
    227, 228, 230, 231, 232, 233, 234, 236, 237, 238, 239, 240, 241, 242, 243, 246, 247, 248, 249, 250, 251, 252, 253,
    254, 255, 256, 258, 259, 260, 261, 262, 264, 265, 266, 267, 268, 269, 270, 273, 274, 275, 276, 277, 300, 301, 302,
    304, 305, 306, 307, 320, 321, 322, 324, 325, 326, 327, 328, 329, 330, 331, 332, 334, 335, 336, 337, 338, 339, 361,
    362, 363, 364, 365, 366, 367, 368, 370, 371, 372, 374, 375, 376, 377, 378, 379, 380, 381, 400, 401, 402, 403, 404,
    406, 407, 410, 411, 412, 414, 415, 416, 417, 418, 419, 421, 440, 441, 442, 443, 444, 445, 446, 447, 480, 482, 483,
    484, 485, 550, 551, 552, 553, 554, 555, 556, 570, 571, 572, 573, 575, 577,
)
# fmt: on

PROVEN_BY = {
    2: "tests/journeys/test_sign_in.py",
    10: "tests/verify/attacks.py: SEC-112",
    11: "tests/verify/attacks.py: SEC-112",
    14: "tests/verify/attacks.py: SEC-102",
    17: "tests/cognito/test_client.py: test_the_authorize_url_has_exactly_our_parameters_once_each_sec_001",
    26: "tests/journeys/test_where_it_ends.py: test_a_signed_out_cookie_that_is_not_ours_leads_to_the_first_frontend",
    27: "tests/journeys/test_refresh_races.py: test_claims_are_replaced_at_a_refresh_and_never_merged",
    30: "tests/journeys/test_initiated_login.py: test_openid_connects_own_form_starts_a_login",
    119: "tests/verify/attacks.py: SEC-117",
    193: "tests/verify/test_jwks_cache.py: test_stale_keys_answer_at_once_while_they_are_refreshed",
    225: "tests/journeys/test_what_comes_back.py: test_is_told_by_our_code_and_never_in_its_words_sec_226",
    227: "tests/blackbox/cases.py: an error of nobody",
    231: "tests/blackbox/test_journeys.py: session_state",
    232: "tests/journeys/test_where_a_frontend_was.py: test_an_issuer_in_the_callback_must_be_the_pool",
    239: "tests/cognito/test_client.py: test_a_code_is_redeemed_with_its_verifier_and_redirect_uri_sec_230",
    253: "tests/journeys/test_refresh_races.py: test_each_replica_asks_cognito_once_for_all_its_tabs",
    254: "tests/cli/test_four_processes.py: test_within_the_grace_period_no_tab_of_any_process_loses_the_session",
    258: "tests/journeys/test_refresh_races.py: test_the_absolute_end_holds_however_often_it_is_refreshed",
    274: "tests/e2e/test_starting_elsewhere.py: test_a_frontend_on_another_site_needs_no_third_party_cookie",
    332: "tests/journeys/test_nothing_leaks.py: test_every_answer_that_sets_a_cookie_is_stored_nowhere",
    334: "tests/invariants.py: strict-transport-security",
    361: "tests/gateways/test_verify.py: test_whatever_a_claim_says_it_stays_one_header_of_visible_ascii",
    368: "tests/test_settings.py: test_no_representation_shows_a_secret",
    410: "tests/gateways/test_verify.py: test_a_bad_token_is_refused_without_a_reason",
    416: "tests/gateways/test_nginx.py: test_a_form_that_is_sent_is_not_redirected",
    418: "tests/gateways/test_verify.py: test_while_keys_are_held_nobody_is_called",
    419: "tests/gateways/test_verify.py: test_no_answer_sets_a_cookie_or_may_be_kept",
    421: "tests/gateways/test_verify.py: test_no_answer_sets_a_cookie_or_may_be_kept",
    441: "tests/journeys/test_sign_out.py: test_a_revocation_that_fails_keeps_nobody_signed_in_here",
    447: "tests/e2e/test_when_it_goes_wrong.py: test_a_callback_from_the_history_is_explained_after_signing_out",
    550: "tests/verify/test_configuration.py: test_the_policy_is_a_value",
    554: "tests/project/test_structure.py: test_python_jose_is_called_in_one_module_only",
    570: "tests/verify/test_attacks.py: test_a_bad_token_is_refused_for_one_reason_by_every_door",
    572: "tests/verify/test_attacks.py: test_no_error_holds_any_part_of_the_token",
    575: "tests/verify/test_fastapi.py: test_machines_pass_only_where_they_are_welcome",
}

NOT_APPLICABLE = {
    19: "no metadata is fetched: every URL follows from the pool id",
    20: "the same",
    21: "the same",
    24: "Cognito's logout knows neither id_token_hint nor post_logout_redirect_uri",
    25: "Cognito's logout has no state; the way on is in a sealed cookie",
    31: "no back-channel logout: Cognito has none",
    140: "equal timing is not required; that no bad token causes a request of its own is SEC-195",
    236: "http and other hosts are SEC-400: the answer is the same",
    241: "one service serves one pool: there is nobody to mix it up with, and an `iss` must be the pool's (SEC-232)",
    242: "the same",
    246: "the granted scope is in the access token, which is passed on and judged by who verifies it",
    252: "the app client shows its secret; assertions are not used",
    265: "whoever has a cookie has the session: that is told in docs/security.md",
    270: "no cookie is ever split",
    277: "states are not compared: the cookie is found by the state, and what it seals proves the rest",
    338: "Clear-Site-Data is not used: it would end more than our cookies",
    480: "no issuer that a token or a link names is asked: it is compared with the settings (SEC-125, SEC-114)",
    485: "TLS verification of the name is on, and no setting turns it off (SEC-551)",
}

# Held by the tests of faults, load and packaging, which count themselves.
ELSEWHERE = {
    367: "metrics",
    484: "the environment",
    552: "audits",
    553: "the RSA backend",
    555: "the image",
}
