"""What a crawl was like: how politely it asked, what was slow, what failed."""

from collections.abc import Mapping
from typing import Any


class Practice:
    """Takes note while a crawl goes on; safe to read from another thread."""

    def story(self) -> Mapping[str, Any]:
        """What is known so far, as JSON has it; bounded in size, however long the crawl."""
        return {}
