"""How long the parts of an article may be: what is longer was not written by a newspaper."""

from urllib.parse import quote

from crawler.normalizer.rejected import Reason, Rejected

MAX_TITLE = 10_000
MAX_NAME = 200
"""Characters of a slug or of an outlet's name; the longest of the site's has under 40."""
MAX_ADDRESS = 2_000
MAX_ENTRIES = 50_000
"""Posts in one list. The home page has at most five for each of some 2,000 tags."""


def check_bounds(*, title: str, slug: str, outlet: str, link: str | None) -> None:
    """Raise `Rejected` where a part is longer than any article's."""
    parts = (("title", title, MAX_TITLE), ("slug", slug, MAX_NAME), ("outlet", outlet, MAX_NAME))
    # Nine characters for each of Chinese, twelve for an emoji: it becomes part of an address.
    addresses = (("link", link or "", MAX_ADDRESS), ("slug in an address", quote(slug), MAX_ADDRESS - 100))
    for name, text, limit in (*parts, *addresses):
        if len(text) > limit:
            raise Rejected(Reason.TOO_LONG, f"{name} of {len(text)} characters, more than {limit}")
