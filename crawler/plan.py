"""What a crawl is asked to do."""

from dataclasses import dataclass, field

from crawler.mirrors import Mirrors

USER_AGENT = "finews-archive/0.1 (archiver of public financial news; honours robots.txt)"


@dataclass(frozen=True, slots=True)
class Politeness:
    """How hard a live host may be asked; a mirror on loopback is asked as fast as it answers."""

    delay: float = 1.0
    """Seconds between two requests to one host."""
    concurrency: int = 2
    """Requests to one host at a time."""


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """One crawl of one source."""

    source: str
    mirrors: Mirrors = field(default_factory=Mirrors)
    categories: tuple[str, ...] = ()
    """Slugs: only these categories; none means the whole site."""
    full: bool = False
    """Look at everything again, whether it has changed or not."""
    limit: int | None = None
    """Posts to fetch at the most."""
    politeness: Politeness = field(default_factory=Politeness)
    user_agent: str = USER_AGENT
    timeout: float = 30.0
    """Seconds that one response may take, from the request to the end of its body."""
    recheck_time: float = 600.0
    """Seconds for which a crawl looks again at what it knows, once there is nothing new left."""
    warc_bytes: int = 1 << 30
    """Bytes from which on a WARC file is followed by another."""
