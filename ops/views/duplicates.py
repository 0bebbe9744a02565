"""How groups of near-duplicates are shown."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ops.terminal import cut

if TYPE_CHECKING:
    from archive.store.sketches import Carried, Carrier
    from ops.duplicates.finding import Group, Member, NearDuplicates

COLUMNS = ("similarity", "documents", "document", "outlet", "published", "title")
NUMBERS = ("similarity", "documents")
_MOST_ROWS = 20


def group_title(group: "Group") -> str:
    """A line above the rows of a group."""
    contents = len(group.members)
    return f"{group.documents} documents, {_counted(contents, 'content')}"


def group_rows(group: "Group", carried: Mapping[str, "Carried"]) -> list[list[str]]:
    """A row for each content of the group, with the first of its documents; not too many."""
    there = [member for member in group.members if member.content_hash in carried]
    rows = [_row(member, carried[member.content_hash]) for member in there[:_MOST_ROWS]]
    more = len(there) - _MOST_ROWS
    return rows if more <= 0 else [*rows, ["", "", f"and {more} more, see --json", "", "", ""]]


def group_json(group: "Group", carried: Mapping[str, "Carried"]) -> dict[str, Any]:
    """A group with all documents of all its contents; those that have changed meanwhile are left out."""
    return {
        "documents": group.documents,
        "contents": len(group.members),
        "members": [
            {
                "content_hash": member.content_hash,
                "similarity": round(member.similarity, 4),
                "title": carried[member.content_hash].title,
                "documents": [_document_json(one) for one in carried[member.content_hash].carriers],
            }
            for member in group.members
            if member.content_hash in carried
        ],
    }


def summary(found: "NearDuplicates", shown: Sequence["Group"]) -> str:
    """What there is in all, in a line."""
    if not found.groups:
        return f"no duplicates among {_counted(found.contents, 'content')}"
    cut = f"the {len(shown)} largest of " if len(shown) < len(found.groups) else ""
    return (
        f"{cut}{_counted(len(found.groups), 'group')} among {_counted(found.contents, 'content')}; "
        f"{_counted(len(found.redundant), 'content')} nearly the same as an earlier one"
    )


def _row(member: "Member", carried: "Carried") -> list[str]:
    first = carried.carriers[0]
    return [
        f"{member.similarity:.2f}",
        str(member.documents),
        f"{first.source}:{first.source_id}",
        cut(first.outlet, 12),
        f"{first.published:%Y-%m-%d %H:%M}" if first.published else "(no date)",
        cut(carried.title or "(none)", 24),
    ]


def _document_json(carrier: "Carrier") -> dict[str, Any]:
    return {
        "source": carrier.source,
        "source_id": carrier.source_id,
        "outlet": carrier.outlet,
        "published": carrier.published.isoformat() if carrier.published else None,
        "address": carrier.address,
    }


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
