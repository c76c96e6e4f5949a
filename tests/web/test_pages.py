"""What a person may expect of our pages, and what an attacker may not."""

import re
from base64 import b64decode, b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cognito_sso.web.colors import Color
from cognito_sso.web.pages import Action, Brand, Page, Pages, Problem

HOSTILE = """"><script>alert('x')</script>{{7*7}}<!--"""
BRAND_COLORS = ["#000", "#fff", "#3b5bdb", "#ffd43b", "#0b1f4d", "#808080", "#767676", "#ff0000", "#00ff00", "#1b1e26"]


class Document(HTMLParser):
    """A page as a browser would read it: elements in order, each with its attributes and the text inside."""

    VOID = ("meta", "link", "input", "img")

    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []
        self._open: list[list[str]] = []
        self.feed(page.html.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        text: list[str] = []
        self.elements.append((tag, {name: value or "" for name, value in attrs}, text))
        if tag not in self.VOID:
            self._open.append(text)

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for text in self._open:
            text.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes, _ in self.elements if name == tag]

    def texts(self, tag: str) -> list[str]:
        return [" ".join("".join(text).split()) for name, _, text in self.elements if name == tag]

    def by_id(self, wanted: str) -> dict[str, str]:
        (found,) = [attributes for _, attributes, _ in self.elements if attributes.get("id") == wanted]
        return found

    def sources(self) -> list[str]:
        return [image["src"] for image in self.all("img")] + [link["href"] for link in self.all("link")]

    def hidden(self) -> dict[str, str]:
        return {field["name"]: field["value"] for field in self.all("input") if field["type"] == "hidden"}


@pytest.fixture
def pages() -> Pages:
    return Pages(brand=Brand(name="Acme"))


def every_page(pages: Pages, text: str = "some words") -> dict[str, Page]:
    """Every page, with the same words in every place that takes words."""
    one = Action(text, "/one", "post", {"name": text, text: "value"})
    two = Action(text, "https://app.acme.com/two?x=1")
    return {
        "login": pages.login(action="/login/start"),
        "login with a problem": pages.login(
            action="/login/start",
            return_to=text,
            email=text,
            delivery=text,
            error=Problem(text, text, text),
            fields={"state": text, text: text},
        ),
        "message": pages.message(text, text, text, text, [one, two]),
        "confirm identity": pages.confirm_identity(
            requested=text, actual=text, continue_action=one, switch_action=two, request_id=text
        ),
        "signed out": pages.signed_out(sign_in=one),
    }


PAGE_NAMES = list(every_page(Pages(brand=Brand(name="Acme"))))


@pytest.fixture(params=PAGE_NAMES)
def page(request: pytest.FixtureRequest, pages: Pages) -> Page:
    return every_page(pages)[request.param]


class TestEveryPage:
    def test_has_no_script_and_its_style_is_allowed_by_hash(self, page: Page) -> None:
        (style,) = re.findall(r"<style>(.*?)</style>", page.html.decode(), re.DOTALL)
        digest = b64encode(sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in page.content_security_policy
        assert b"<script" not in page.html
        assert "script-src" not in page.content_security_policy

    def test_cannot_be_framed_or_load_anything_from_elsewhere(self, page: Page) -> None:
        policy = page.content_security_policy.split("; ")
        assert "default-src 'none'" in policy
        assert "img-src data:" in policy
        assert "base-uri 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert all(source.startswith("data:") for source in Document(page).sources())

    def test_has_no_style_attribute_or_event_handler_which_the_policy_would_block(self, page: Page) -> None:
        names = {name for _, attributes, _ in Document(page).elements for name in attributes}
        assert not {name for name in names if name == "style" or name.startswith("on")}

    def test_says_its_language_has_one_heading_and_one_main(self, page: Page) -> None:
        document = Document(page)
        assert document.all("html") == [{"lang": "en"}]
        assert len(document.all("main")) == len(document.all("h1")) == 1

    def test_fits_phones_and_both_colour_schemes(self, page: Page) -> None:
        metas = {meta.get("name", ""): meta.get("content", "") for meta in Document(page).all("meta")}
        assert metas["viewport"] == "width=device-width, initial-scale=1"
        assert metas["color-scheme"] == "light dark"

    def test_keeps_the_origin_of_its_forms_under_a_no_referrer_header(self, page: Page) -> None:
        # Under `no-referrer`, browsers post a form with `Origin: null`, which our own CSRF check would refuse.
        assert {"name": "referrer", "content": "strict-origin"} in Document(page).all("meta")

    def test_names_every_control(self, page: Page) -> None:
        document = Document(page)
        labelled = {label["for"] for label in document.all("label")}
        visible = [field for field in document.all("input") if field["type"] != "hidden"]
        assert all(field["id"] in labelled for field in visible)
        assert all(document.texts("button"))
        assert all(document.texts("a"))


@pytest.mark.parametrize("name", PAGE_NAMES)
def test_hostile_words_stay_words(name: str) -> None:
    hostile = every_page(Pages(brand=Brand(name=HOSTILE)), HOSTILE)[name]
    tame = every_page(Pages(brand=Brand(name="Acme")))[name]
    skeleton = [(tag, sorted(attributes)) for tag, attributes, _ in Document(hostile).elements]
    assert skeleton == [(tag, sorted(attributes)) for tag, attributes, _ in Document(tame).elements]
    assert b"<script" not in hostile.html
    assert b"49" not in re.sub(rb"<style>.*?</style>|base64,[^\"]*", b"", hostile.html, flags=re.DOTALL)


def test_words_that_have_no_encoding_are_not_an_error(pages: Pages) -> None:
    assert b"a?b" in pages.login(action="/login/start", email="a\ud800b").html


class TestLogin:
    def test_is_one_labelled_field_that_a_password_manager_knows(self, pages: Pages) -> None:
        document = Document(pages.login(action="/login/start"))
        field = document.by_id("email")
        assert document.texts("label") == ["Work e-mail"]
        assert document.texts("title") == ["Sign in · Acme"]
        assert (field["type"], field["inputmode"], field["autocomplete"]) == ("email", "email", "username")
        assert field["maxlength"] == "254"
        assert {"required", "autofocus"} <= field.keys()
        assert "aria-invalid" not in field

    def test_is_a_plain_form_that_sends_along_what_it_was_given(self, pages: Pages) -> None:
        page = pages.login(action="/login/start", return_to="https://app/x?y", delivery="code", fields={"state": "s"})
        document = Document(page)
        assert document.all("form") == [{"method": "post", "action": "/login/start"}]
        assert document.hidden() == {"return_to": "https://app/x?y", "delivery": "code", "state": "s"}

    def test_leaves_out_what_it_was_not_given(self, pages: Pages) -> None:
        assert Document(pages.login(action="/login/start", return_to="")).hidden() == {}

    def test_a_problem_is_announced_belongs_to_the_field_and_keeps_what_was_typed(self, pages: Pages) -> None:
        problem = Problem("That is no e-mail address.", "email_invalid", "req-1")
        document = Document(pages.login(action="/login/start", email="jane@", error=problem))
        field = document.by_id("email")
        assert document.by_id("problem")["role"] == "alert"
        assert field["aria-invalid"] == "true"
        assert field["aria-describedby"].split() == ["problem", "hint"]
        assert field["value"] == "jane@"
        assert document.texts("title") == ["Error: Sign in · Acme"]
        assert document.texts("code") == ["email_invalid", "req-1"]

    def test_everything_that_describes_the_field_is_there(self, pages: Pages) -> None:
        for page in (pages.login(action="/"), pages.login(action="/", error=Problem("No."))):
            document = Document(page)
            for described_by in document.by_id("email")["aria-describedby"].split():
                assert document.by_id(described_by)


class TestMessage:
    def test_tells_what_happened_the_way_on_and_what_support_needs(self, pages: Pages) -> None:
        action = Action("Sign in again", "/login?return_to=%2F")
        document = Document(pages.message("Too late", "It took too long.", "login_expired", "req-1", [action]))
        assert document.texts("h1") == ["Too late"]
        assert document.texts("title") == ["Too late · Acme"]
        assert document.all("a") == [{"class": "button", "href": "/login?return_to=%2F"}]
        assert document.texts("code") == ["login_expired", "req-1"]

    def test_an_action_may_post_fields(self, pages: Pages) -> None:
        action = Action("Try again", "/login/start", "post", {"email": "jane@acme.com"})
        document = Document(pages.message("Sorry", "Again?", actions=[action]))
        assert document.all("form") == [{"method": "post", "action": "/login/start"}]
        assert document.hidden() == {"email": "jane@acme.com"}
        assert document.texts("button") == ["Try again"]

    def test_an_action_may_get_with_fields(self, pages: Pages) -> None:
        document = Document(pages.message("Sorry", "Again?", actions=[Action("Go", "/login", fields={"email": "j"})]))
        assert document.all("form") == [{"method": "get", "action": "/login"}]

    def test_without_a_code_there_is_no_small_print(self, pages: Pages) -> None:
        assert Document(pages.message("Sorry", "That is all.")).all("dl") == []


def test_confirming_an_identity_names_both_people_and_offers_both_ways(pages: Pages) -> None:
    page = pages.confirm_identity(
        requested="ann@acme.com",
        actual="bob@acme.com",
        continue_action=Action("Continue", "/continue", "post"),
        switch_action=Action("Use another account", "/switch", "post"),
        request_id="req-1",
    )
    document = Document(page)
    assert document.texts("h1") == ["You are signed in as bob@acme.com"]
    assert "ann@acme.com" in document.texts("strong")
    assert document.texts("button") == ["Continue", "Use another account"]
    assert [button["class"] for button in document.all("button")] == ["button", "button quiet"]


def test_signed_out_may_offer_to_sign_in_again(pages: Pages) -> None:
    assert Document(pages.signed_out()).texts("h1") == ["You are signed out"]
    assert Document(pages.signed_out(sign_in=Action("Sign in again", "/login"))).texts("a") == ["Sign in again"]


class TestAddresses:
    @pytest.mark.parametrize("href", ["/", "/login?email=a%40b.c", "https://app.acme.com", "http://localhost:8002/x#y"])
    def test_an_action_leads_to_the_web(self, href: str) -> None:
        assert Action("Go", href).href == href

    @pytest.mark.parametrize(
        "href",
        [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "https:evil.example",
            "https://",
            "https:///x",
            "login",
            "",
        ],
    )
    def test_and_nowhere_else(self, pages: Pages, href: str) -> None:
        with pytest.raises(ValueError, match="leads to"):
            Action("Go", href)
        with pytest.raises(ValueError, match="leads to"):
            pages.login(action=href)

    def test_a_get_form_does_not_lose_its_query(self) -> None:
        with pytest.raises(ValueError, match="not in both"):
            Action("Go", "/login?a=1", fields={"b": "2"})


class TestFormTargets:
    def test_by_default_a_sign_in_may_go_on_to_any_company_over_https(self, pages: Pages) -> None:
        assert "form-action 'self' https:;" in pages.signed_out().content_security_policy

    def test_stand_ins_on_loopback_can_be_added(self) -> None:
        targets = ["http://localhost:8001", "http://[::1]:8002"]
        policy = Pages(brand=Brand(name="Acme"), form_targets=targets).signed_out().content_security_policy
        assert "form-action 'self' http://localhost:8001 http://[::1]:8002;" in policy

    @pytest.mark.parametrize("target", ["*", "http:", "https://a b", "https://a;script-src *", "https://a/x", "a.com"])
    def test_a_target_cannot_be_anything_but_an_origin(self, target: str) -> None:
        with pytest.raises(ValueError, match="form target"):
            Pages(brand=Brand(name="Acme"), form_targets=[target])


class TestBrandColor:
    @pytest.mark.parametrize("color", BRAND_COLORS)
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_text_and_controls_stand_out_in_both_schemes(self, color: str, scheme: str) -> None:
        shades = shades_of(color)[scheme]
        assert shades["on-fill"].contrast(shades["fill"]) >= 4.5
        assert shades["on-fill"].contrast(shades["fill-hover"]) >= 4.5
        assert shades["edge"].contrast(shades["card"]) >= 3
        assert shades["accent"].contrast(shades["card"]) >= 4.5

    @pytest.mark.parametrize("color", BRAND_COLORS)
    def test_in_light_it_is_the_very_colour_its_owner_chose(self, color: str) -> None:
        assert shades_of(color)["light"]["fill"] == Color.parse(color)

    def test_contrast_is_wcags(self) -> None:
        assert Color.parse("#fff").contrast(Color.parse("#000")) == pytest.approx(21)
        assert Color.parse("#777777").contrast(Color.parse("#ffffff")) == pytest.approx(4.48, abs=0.01)

    @pytest.mark.parametrize("color", ["red", "#12", "#1234", "#12345g", "#123456}", "#fff\n", "url(x)", ""])
    def test_anything_but_a_colour_is_refused(self, color: str) -> None:
        with pytest.raises(ValueError, match="brand colour"):
            Pages(brand=Brand(name="Acme", color=color))


class TestLogo:
    SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'

    @pytest.mark.parametrize(
        ("name", "media_type", "content"),
        [
            ("logo.svg", "image/svg+xml", SVG),
            ("logo.PNG", "image/png", b"\x89PNG\r\n\x1a\n"),
            ("logo.jpg", "image/jpeg", b"\xff\xd8\xff\xe0"),
            ("logo.jpeg", "image/jpeg", b"\xff\xd8\xff\xe0"),
            ("logo.webp", "image/webp", b"RIFF\0\0\0\0WEBP"),
        ],
    )
    def test_is_part_of_the_page(self, tmp_path: Path, name: str, media_type: str, content: bytes) -> None:
        logo = tmp_path / name
        logo.write_bytes(content)
        document = Document(Pages(brand=Brand(name="Acme", logo=logo)).login(action="/"))
        (image,) = document.all("img")
        assert image["src"].startswith(f"data:{media_type};base64,")
        assert b64decode(image["src"].partition(",")[2]) == content
        assert image["alt"] == ""  # the brand's name stands beside it

    def test_too_large_is_refused(self, tmp_path: Path) -> None:
        logo = tmp_path / "logo.svg"
        logo.write_bytes(self.SVG.ljust(64 * 1024 + 1))
        with pytest.raises(ValueError, match="larger than 64 KB"):
            Pages(brand=Brand(name="Acme", logo=logo))

    @pytest.mark.parametrize("name", ["logo.gif", "logo.html", "logo"])
    def test_of_another_type_is_refused(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_bytes(self.SVG)
        with pytest.raises(ValueError, match="none of"):
            Pages(brand=Brand(name="Acme", logo=tmp_path / name))

    def test_that_is_not_what_its_name_says_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "logo.png").write_bytes(b"<html>")
        with pytest.raises(ValueError, match="does not hold image/png"):
            Pages(brand=Brand(name="Acme", logo=tmp_path / "logo.png"))

    def test_that_is_missing_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="is not a file"):
            Pages(brand=Brand(name="Acme", logo=tmp_path / "logo.png"))

    def test_without_one_the_brands_letter_stands_in(self) -> None:
        page = Pages(brand=Brand(name="<acme>")).login(action="/")
        (icon,) = Document(page).all("link")
        assert "&lt;" in b64decode(icon["href"].partition(",")[2]).decode()
        assert "<" in Document(page).texts("span")


def shades_of(color: str) -> dict[str, dict[str, Color]]:
    html = Pages(brand=Brand(name="Acme", color=color)).signed_out().html.decode()
    light, dark = re.findall(r":root\{(--card.*?)\}", html)[:2]
    return {"light": custom_properties(light), "dark": custom_properties(dark)}


def custom_properties(css: str) -> dict[str, Color]:
    return {name: Color.parse(value) for name, value in re.findall(r"--([a-z-]+):(#[0-9a-f]{6});", css)}
