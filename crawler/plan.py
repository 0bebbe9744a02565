"""What a crawl is asked to do."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crawler.mirrors import Mirrors

if TYPE_CHECKING:  # what a source is takes parsers, and the settings need the line below alone
    from crawler.sources.source import Source

_LONGEST_ASKED = 500
USER_AGENT = "finews-archive/0.1 (archiver of public financial news; honours robots.txt)"


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """One crawl of one source."""

    site: "Source"
    mirrors: Mirrors = field(default_factory=Mirrors)
    categories: tuple[str, ...] = ()
    """Slugs: only these categories; none means the whole site."""
    addresses: tuple[str, ...] = ()
    """Only these pages, canonical; none means the whole site."""
    full: bool = False
    """Look at everything again, whether it has changed or not."""
    limit: int | None = None
    """Posts to fetch at the most."""
    delay: float = 1.0
    """Seconds between two requests to one live host; the source may ask for more."""
    concurrency: int = 2
    """Requests to one live host at a time; the source may ask for fewer."""
    user_agent: str = USER_AGENT
    timeout: float = 30.0
    """Seconds that one response may take, from the request to the end of its body."""
    recheck_time: float = 600.0
    """Seconds for which a crawl looks again at what it knows, once there is nothing new left."""
    warc_bytes: int = 1 << 30
    """Bytes from which on a WARC file is followed by another."""

    @property
    def source(self) -> str:
        """The name of the source."""
        return self.site.name

    @property
    def pause(self) -> float:
        """Seconds between two requests to one live host, as the more polite of plan and source says."""
        return max(self.delay, self.site.politeness.delay)

    def pause_of(self, host: str) -> tuple[float, str]:
        """Seconds between two requests to a host as far as its own rules are not known, and who says so."""
        if self.mirrors.is_loopback(host):
            return 0.0, "loopback"
        return self.pause, "source" if self.site.politeness.delay > self.delay else "settings"

    @property
    def asked(self) -> str:
        """What is asked for beyond what is new, in the words of the command line; empty where nothing is."""
        words = [f"--category {slug}" for slug in self.categories] + [
            f"--url {one}" for one in self.addresses
        ]
        words += ["--full"] * self.full + ([f"--limit {self.limit}"] if self.limit else [])
        return " ".join(words)[:_LONGEST_ASKED]

    @property
    def is_part(self) -> bool:
        """Whether only some of the site was asked for."""
        return bool(self.categories or self.addresses)
