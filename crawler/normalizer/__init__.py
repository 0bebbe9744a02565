"""From bytes to documents: pure functions, no network, no clock, no store.

A page that cannot become a document is `Rejected`, by name; it never becomes half a document.
"""

from crawler.normalizer.combine import combine
from crawler.normalizer.imported import read_imported
from crawler.normalizer.listing import Listed, groups_of, read_feed, read_listing
from crawler.normalizer.post_page import PostPage, read_post
from crawler.normalizer.rejected import Reason, Rejected
from crawler.normalizer.share_answer import read_share_answer

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
