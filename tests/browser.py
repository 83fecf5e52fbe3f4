"""Chromium, as the tests of pages drive it: from disk, without a network."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
)
PHONE_PX, SCREEN_PX = 390, 1280


def chromium(profile: Path) -> Iterator[Any]:
    """A browser with an empty folder for its own files; skips the test where something of it is missing."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium: pip install selenium")
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("needs Chromium and its driver: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*FLAGS.split(), f"--user-data-dir={profile}"):
        options.add_argument(flag)
    driving = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    driving.set_page_load_timeout(120)
    yield driving
    driving.quit()


def opened(browser: Any, page: Path, width: int = SCREEN_PX, scheme: str = "light") -> None:
    """Open a file, `width` pixels wide, for a reader who likes pages `light` or `dark`; its pictures are there."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.get_log("browser")  # forgets what earlier pages complained of
    browser.get(page.as_uri())
    for _ in range(600):  # pictures are decoded when they are
        if browser.execute_script("return [...document.images].every((image) => image.complete)"):
            return
        time.sleep(0.1)


def page_width(browser: Any) -> int:
    """How wide the page is, in pixels; more than the screen where a reader must scroll sideways."""
    return int(browser.execute_script("return document.documentElement.scrollWidth"))


def wider_than_they_show(browser: Any) -> set[str]:
    """What must be scrolled sideways by itself: tags with their first class."""
    script = """
        const scrolls = (element) => ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
        const wide = [...document.body.querySelectorAll("*")].filter(
          (element) => element.scrollWidth > element.clientWidth && scrolls(element));
        return wide.map((element) => [element.localName, ...element.classList].slice(0, 2).join("."));
    """
    return set(browser.execute_script(script))


def asked_for(browser: Any) -> list[str]:
    """What the page had to load beside itself."""
    return list(browser.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)"))


def lines_of(browser: Any, selector: str) -> list[str]:
    """The text of an element as it stands on the screen, line by line."""
    script = """
        const lines = [], range = document.createRange();
        let bottom = -Infinity;
        const texts = document.createTreeWalker(document.querySelector(arguments[0]), NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
          for (let place = 0; place < texts.currentNode.length; place++) {
            range.setStart(texts.currentNode, place);
            range.setEnd(texts.currentNode, place + 1);
            const box = range.getBoundingClientRect();
            if (!box.width) continue;
            if (box.top >= bottom - 1) lines.push("");
            bottom = Math.max(bottom, box.bottom);
            lines[lines.length - 1] += range.toString();
          }
        }
        return lines;
    """
    return [line.strip() for line in browser.execute_script(script, selector)]
