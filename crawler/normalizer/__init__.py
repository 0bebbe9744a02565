"""From bytes to documents: pure functions, no network, no clock, no store.

A page that cannot become a document is `Rejected`, by name; it never becomes half a document.
"""

from crawler.normalizer.files.imported import read_imported
from crawler.normalizer.finews.combine import combine
from crawler.normalizer.finews.listing import groups_of, read_feed, read_listing
from crawler.normalizer.finews.post_page import PostPage, read_post
from crawler.normalizer.finews.share_answer import read_share_answer
from crawler.normalizer.listed import Listed
from crawler.normalizer.rejected import Reason, Rejected

__all__ = [
    "Listed",
    "PostPage",
    "Reason",
    "Rejected",
    "combine",
    "groups_of",
    "read_feed",
    "read_imported",
    "read_listing",
    "read_post",
    "read_share_answer",
]
