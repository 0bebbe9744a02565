"""What a list says of an article."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listed:
    """One post in a list: its canonical address, its title as the list has it, unescaped, and its group.

    `title` is None in feeds, whose titles are set in other typography than the articles' own, where the list
    shows none, and where it is longer than any. `group` is the heading, canonical, that a post stands under
    on the home page of finews: a tag of the post. It is empty in lists without headings.
    """

    address: str
    title: str | None
    group: str = ""
