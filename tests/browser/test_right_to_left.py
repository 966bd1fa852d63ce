"""A page that is read from right to left, in a language the site brings itself: everything of ours turns round with it.

The pictures are kept in ``shots/`` beside this file, for people to look at.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from accessibility import violations

from consentkit.notice import languages, plurals
from consentkit.notice.languages import names

from .gallery import EVERYTHING, ORIGIN, OWN_PAGES, Gallery
from .test_looks import BANNER, CUT_OFF, DESK, PHONE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

SHOTS = Path(__file__).with_name("shots")
ENGLISH = Path(languages.__file__).parent / "catalogues" / "en.json"
ARABIC = {
    "accept": "قبول الكل",
    "refuse": "رفض الكل",
    "manage": "إدارة اختياراتي",
    "save": "حفظ اختياراتي",
    "withdraw": "سحب الموافقة كلها",
    "saved": "تم حفظ اختياراتك.",
    "back": "العودة إلى الموقع",
    "banner.title": "ملفات تعريف الارتباط على {site}",
    "banner.free": "الرفض ليس له أي عواقب. يمكنك تغيير رأيك في أي وقت: الرابط «{manage}» موجود في كل صفحة.",
    "banner.more": "معرفة المزيد",
    "preferences.title": "اختياراتك على {site}",
    "preferences.intro": "حدد ما تسمح به. لا شيء محدد مسبقًا، والرفض ليس له عواقب، ويمكنك العودة إلى هنا في أي وقت.",
    "preferences.refused": "لقد رفضت كل ما يتطلب موافقتك.",
    "preferences.locked": "نشط دائمًا",
    "preferences.purposes": "الأغراض",
    "preferences.detail": "الخدمات وملفات تعريف الارتباط",
    "notice.title": "ملفات تعريف الارتباط على {site}",
    "placeholder.title": "لا يتم عرض {service}",
    "placeholder.why": "يأتي هذا المحتوى من {vendor}، الذي يمكنه عندئذ قراءة معلومات على جهازك. الغرض: {purposes}.",
    "placeholder.allow": "السماح بـ {service}",
    "list.comma": "، ",
}
LEAD = "{controller} و{count} أطراف أخرى ترغب في قراءة معلومات على جهازك أو تخزينها للأغراض المبينة أدناه."
# Stands for what nobody of us could check; as long as the English text, with the same names in it.
FILLER = "نص يقرأ من اليمين إلى اليسار "


def _arabic(key: str, entry: Any) -> Any:
    if isinstance(entry, list):
        return [f"شهر {number}" for number in range(1, 13)]
    if isinstance(entry, dict):
        text = LEAD if key == "banner.lead" else " ".join(["{count}", *(f"{{{name}}}" for name in names(entry)), "مدة"])
        return dict.fromkeys([*plurals.forms("ar")], text.replace("{count} {count}", "{count}"))
    named = " ".join(f"{{{name}}}" for name in sorted(names(entry)))
    return ARABIC.get(key) or f"{(FILLER * 9)[: max(len(entry) - len(named), 4)].strip()} {named}".strip()


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site's folder with a language of its own."""
    folder = tmp_path_factory.mktemp("templates")
    english = json.loads(ENGLISH.read_text(encoding="utf-8"))
    own = {key: _arabic(key, entry) for key, entry in english.items() if not key.startswith("country.")}
    (folder / "texts").mkdir()
    (folder / "texts" / "ar.json").write_text(json.dumps(own), encoding="utf-8")
    return folder


def _open(browser: Browser, gallery: Gallery, path: str, viewport: Any) -> Page:
    page = browser.new_page(viewport=viewport)
    page.route("**/*", gallery.serve)
    page.goto(ORIGIN + path)
    return page


def _box(locator: Locator) -> Any:
    box = locator.first.bounding_box()
    assert box is not None
    return box


@pytest.mark.parametrize("viewport", [PHONE, pytest.param(DESK, marks=pytest.mark.slow)], ids=["phone", "desk"])
@pytest.mark.parametrize("path", EVERYTHING)
def test_nothing_runs_over_or_is_cut_off(
    chromium: Browser, templates: Path, path: str, viewport: dict[str, int]
) -> None:
    """Every page of ours and every part says that it reads from right to left, fits, and leaves axe-core nothing."""
    page = _open(chromium, Gallery(language="ar", templates=templates), path, viewport)
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"rtl-{viewport['width']}-{path.strip('/') or 'banner'}.png", full_page=True)
    parts = page.locator("#consentkit, [data-consentkit=placeholder], [data-consentkit=preferences]")
    assert parts.count() > 0
    assert parts.evaluate_all("all => all.every(one => getComputedStyle(one).direction === 'rtl')")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate("(scrollTo(-500, 0), scrollX)") == 0
    assert page.evaluate(CUT_OFF) == []
    looked = (
        () if path in OWN_PAGES else ("[data-consentkit=placeholder]", "[data-consentkit=preferences], #consentkit")
    )
    assert violations(page, *looked) == []
    page.close()


def test_the_order_is_that_of_the_language(chromium: Browser, templates: Path) -> None:
    """What comes first stands right: refuse before accept, the links before the buttons, a box before its label."""
    gallery = Gallery(language="ar", templates=templates)
    page = _open(chromium, gallery, "/", DESK)
    title, manage = _box(page.locator(f"{BANNER} h2")), _box(page.locator(f"{BANNER} [data-consentkit=manage]"))
    refuse, accept = (_box(page.locator(f"{BANNER} [value={answer}]")) for answer in ("refuse", "accept"))
    assert accept["x"] + accept["width"] < refuse["x"]
    assert refuse["x"] + refuse["width"] < manage["x"]
    assert title["x"] + title["width"] == pytest.approx(manage["x"] + manage["width"], abs=1)
    assert (refuse["width"], refuse["height"], refuse["y"]) == (accept["width"], accept["height"], accept["y"])
    page.goto(f"{ORIGIN}/refused")
    stays = _box(page.locator("a[data-consentkit=preferences]"))
    assert stays["x"] + stays["width"] == pytest.approx(DESK["width"] - 12, abs=16)
    assert _box(page.locator("[data-consentkit-shows=chat]"))["x"] <= 13
    page.goto(f"{ORIGIN}/preferences")
    box, label = _box(page.locator("label input")), _box(page.locator("label"))
    assert box["x"] + box["width"] == pytest.approx(label["x"] + label["width"], abs=1)
    page.goto(f"{ORIGIN}/notice")
    assert _box(page.locator("th").nth(0))["x"] > _box(page.locator("th").nth(1))["x"]
    page.close()


def test_the_corner_is_the_other_one(chromium: Browser, templates: Path) -> None:
    """A banner at the end of the line stands left."""
    page = _open(chromium, Gallery(language="ar", templates=templates, position="corner"), "/", DESK)
    assert _box(page.locator(BANNER))["x"] == pytest.approx(16, abs=1)
    page.close()
