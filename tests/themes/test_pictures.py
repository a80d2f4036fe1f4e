"""Screenshots of the themes: artifacts/screenshots/themes has every page in each size and color scheme."""

import os

import pytest

from tests.support.paths import TOP
from tests.support.stage import SIZES, THEMES, Seen, schemes_of

pytestmark = pytest.mark.slow

PICTURES = os.path.join(TOP, "artifacts", "screenshots", "themes")
PAGES = ("home", "room", "owner", "problem", "search", "pinned", "history")


class Pictures(Seen):
    def test_screenshots_are_taken(self):
        os.makedirs(PICTURES, exist_ok=True)
        for theme in THEMES:
            for page in PAGES:
                self.camera.frame(1280, 900)
                self.camera.show(self.stage, page, theme)
                for width, height in SIZES.items():
                    self.camera.frame(width, height)
                    for scheme in schemes_of(theme):
                        self.camera.light(scheme)
                        name = f"{theme}-{page}-{width}-{scheme}.png"
                        self.camera.picture(os.path.join(PICTURES, name))
                        with self.subTest(name):
                            # A screenshot of an empty page is much smaller.
                            self.assertGreater(os.path.getsize(os.path.join(PICTURES, name)), 10_000)
