"""What the hosts and pages of a source answered, as findings."""

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

from crawler.normalizer import Rejected
from crawler.probes import ProbeFailed
from crawler.probes.client import RobotsFile
from crawler.probes.reading import Sample
from crawler.sources.source import Source
from ops.doctor.findings import Finding, ok, problem, warning

_IS_IT_UP = "is the site up (ask from another network), or is a firewall in the way here? Crawls try again"
_REFUSED_TOO = "look at it in a browser; crawls refuse it as well"
_REMEDIES = {
    "no-such-host": "check this machine's DNS with `getent hosts {host}`. Has the site moved? Then name its "
    "new place in ARCHIVE_MIRRORS",
    "private-address": "is that meant? Then name {host} in ARCHIVE_MIRRORS. Else this machine's DNS is wrong",
    "tls": "is this machine's clock right, has it current certificates (the package ca-certificates)? Else "
    "the site has to renew its own",
    "foreign-host": "has the site moved? Then its source, or ARCHIVE_MIRRORS, has to name the new host",
    "robots": "the site does not want to be crawled, and crawls obey: ask its owner, or crawl it no more",
    "robots-unreachable": "nothing here: every crawl asks for it again; if it lasts, tell the site's owner",
    "out-of-time": "nothing: the site is slow, or wants to be asked slowly; a crawl takes its time",
    "too-many-redirects": _REFUSED_TOO,
    "too-large": _REFUSED_TOO,
    "bomb": _REFUSED_TOO,
    "bad-encoding": _REFUSED_TOO,
}
_TITLE_SHOWN = 30


def remedy(name: str, address: str) -> str:
    """What to do about a failure of that name."""
    host = urlsplit(address).hostname or ""
    return _REMEDIES.get(name, _IS_IT_UP).format(host=host)


def host_finding(address: str, robots: RobotsFile, pause: float) -> Finding:
    """A host that has answered: all may be asked that its rules allow."""
    host = urlsplit(address).hostname
    if robots.rules is None:
        rules = "no robots.txt" if robots.status >= 400 else "an empty robots.txt"
        return ok("host", f"{host}: reachable, {rules} ({robots.status})")
    slowly = f", Crawl-delay {pause:g}" if pause else ""
    return ok("host", f"{host}: reachable, robots.txt can be read{slowly}")


def host_failed(address: str, failure: ProbeFailed) -> Finding:
    """A host whose rules could not be had: crawls leave it alone."""
    host = urlsplit(address).hostname
    told = failure.detail.removeprefix(f"{host}: ")
    return problem("host", f"{host}: left alone by crawls: {told}", remedy(failure.name, address))


def page_failed(check: str, address: str, failure: ProbeFailed) -> Finding:
    """A page that did not come."""
    make = warning if failure.name == "out-of-time" else problem
    return make(check, f"{address}: {failure.detail}", remedy(failure.name, address))


def page_answered(check: str, address: str, status: int) -> Finding:
    """A page that came with a status that is not 200."""
    if status in {HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS}:
        do = "the site may block us: crawl more slowly (download_delay), and say in user_agent who asks"
    elif status >= 500:
        do = "nothing here: the site is unwell, and crawls try again; if it lasts, tell its owner"
    else:
        do = "has the page moved? Look at the site in a browser, then correct the source"
    return problem(check, f"{address}: answers {status}", do)


def layout_changed(check: str, address: str, rejected: Rejected, source: Source) -> Finding:
    """A page that came, and gave nothing."""
    if source.declaration:
        do = (
            f"`archive sources try {address}` shows what each rule finds: correct the source file; crawls "
            "keep such pages until then"
        )
    else:
        do = "update finews-archive, or report it; crawls keep such pages until they can be read"
    what = f"{address}: the layout has changed, or it is an error page: {rejected}"
    return problem(check, what, do)


def list_finding(address: str, posts: Sequence[str]) -> Finding:
    """A list or a feed that could be read."""
    if not posts:
        return warning("list", f"{address}: names no articles just now", "nothing, unless the site has some")
    return ok("list", f"{address}: {len(posts)} articles")


def article_finding(address: str, sample: Sample) -> Finding:
    """The newest article, which became a document."""
    if sample.missing:
        what = f"{address}: a document, but {sample.missing}"
        return warning("newest article", what, f"does the rule still fit? `archive sources try {address}`")
    title = sample.document.title
    shown = title if len(title) <= _TITLE_SHOWN else f"{title[:_TITLE_SHOWN]}…"
    return ok("newest article", f"{address}: a document, {shown}")


def share_api_failed(address: str, why: str) -> Finding:
    """The share API of finews, which gives no body."""
    what = f"{address}: the share API does not answer with a body, so pages serve instead: {why}"
    do = "nothing: the text is the same, and crawls ask again for the sources' own HTML once it answers"
    return warning("share API", what, do)
