"""All rules by name, and what applies them."""

from collections.abc import Collection, Mapping
from datetime import datetime

from archive.errors import NotFound
from archive.store.quality import Survey
from ops.quality.damage import DAMAGE
from ops.quality.fields import FIELDS
from ops.quality.finding import (
    AUTHOR,
    EIGHT_HOURS,
    LATE,
    LENGTH,
    NEAR,
    SHARED,
    Alone,
    Authors,
    Chosen,
    Collector,
    Having,
    Late,
    Lengths,
    Timed,
    Zones,
)
from ops.quality.rule import Rule

RULES = {rule.name: rule for rule in (*FIELDS, AUTHOR, EIGHT_HOURS, LENGTH, *DAMAGE, SHARED, NEAR, LATE)}
_LISTS = {rule.name: rule for rule in (Chosen.rule, Timed.rule)}
"""What is behind figures that are no findings."""


def rule_named(name: str) -> Rule:
    """The rule of that name. Raises `NotFound`, naming those there are."""
    found = _LISTS.get(name) or RULES.get(name)
    if found is None:
        raise NotFound(
            f"no finding {name[:60]!r}; there is: documents, {', '.join(sorted({*RULES, Timed.rule.name}))}"
        )
    return found


def collectors(
    first_crawls: Mapping[str, datetime], shared: Collection[str], near: Mapping[str, str] | None
) -> list[Collector]:
    """What applies all rules; that of near duplicates only where it is known which they are."""
    alone = [Alone(rule, rule.test) for rule in RULES.values() if rule.test is not None]
    known = [] if near is None else [Having(NEAR, near)]
    same = Having(SHARED, {one: f"content {one[:16]}" for one in shared})
    together = (Authors(), Zones(first_crawls), Lengths(), Late(first_crawls), same)
    return [*alone, *together, *known]


def collector_of(survey: Survey, rule: Rule, near: Mapping[str, str] | None) -> Collector:
    """What applies that rule alone. Raises `NotFound` where nobody has looked for near duplicates yet."""
    if rule is Chosen.rule:
        return Chosen()
    if rule is Timed.rule:
        return Timed(survey.first_crawls())
    for one in collectors(survey.first_crawls(), survey.shared(), near):
        if one.rule is rule:
            return one
    raise NotFound(f"{rule.name}: not looked for yet; `archive duplicates` does")
