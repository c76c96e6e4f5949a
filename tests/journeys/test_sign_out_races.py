"""A sign-out is final, whatever was on its way."""

from __future__ import annotations

from tests.world import FRONTEND, SERVICE, World

ORIGIN = {"origin": FRONTEND}


async def test_a_refresh_in_another_tab_never_undoes_a_sign_out(world: World) -> None:
    browser = await world.signed_in()
    # The refresh's answer is still on its way when the other tab signs out, and its cookies arrive last.
    late = await browser.http.post(f"{SERVICE}/auth/refresh", headers=ORIGIN)
    await browser.http.post(f"{SERVICE}/auth/logout", json={}, headers=ORIGIN)
    browser.http.cookies.extract_cookies(late)
    assert (await browser.http.get(f"{SERVICE}/auth/verify")).status_code == 401
    assert (await browser.http.get(f"{SERVICE}/me")).status_code == 401
    assert (await browser.http.post(f"{SERVICE}/auth/refresh", headers=ORIGIN)).status_code == 401


async def test_signing_in_again_after_a_sign_out_is_a_new_session(world: World) -> None:
    browser = await world.signed_in()
    await browser.http.post(f"{SERVICE}/auth/logout", json={}, headers=ORIGIN)
    await world.sign_in(browser, "jane@megasoft.example")
    assert (await browser.http.get(f"{SERVICE}/me")).json()["email"] == "jane@megasoft.example"
