"""Messages to their channels: tried until they are taken, each by one process at a time."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from archive.store import Store
from archive.store.incidents import ALL_CLEAR, Delivery, Incident
from ops.alerts.channels import Message
from ops.alerts.configuration import ChannelTable
from ops.alerts.rule import Rule
from ops.alerts.sending import NotDelivered, send
from ops.alerts.wording import HOST, as_sent, next_command

logger = logging.getLogger(__name__)

_TIME = 30.0
"""Seconds for all that waits, and for one message more."""
_CLAIM = timedelta(minutes=2)
"""For which a message is ours: far longer than sending it takes."""
_FIRST, _LONGEST = timedelta(minutes=1), timedelta(hours=1)
_DOUBLINGS = 6


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one message."""

    delivery: Delivery
    incident: Incident
    problem: str
    """Empty where the channel has taken it."""


def next_try(attempts: int, now: datetime) -> datetime:
    """When a message that has failed so often is tried again: after 1, 2, 4 … minutes, at last every hour."""
    return now + min(_FIRST * (1 << min(attempts - 1, _DOUBLINGS)), _LONGEST)


def deliver_due(
    store: Store, channels: Mapping[str, ChannelTable], rules: Mapping[str, Rule], now: datetime
) -> list[Tried]:
    """Send what is due, to all channels at once; what became of each message. Raises `StoreError`.

    A channel that does not take one is given no other this time.
    """
    end = monotonic() + _TIME
    if not channels:
        return []

    def to(name: str) -> list[Tried]:
        return _to_channel(store, name, channels[name], rules, now, lambda: monotonic() < end)

    with ThreadPoolExecutor(len(channels), thread_name_prefix="alerts") as pool:
        return [one for some in pool.map(to, channels) for one in some]


def _to_channel(
    store: Store,
    name: str,
    channel: ChannelTable,
    rules: Mapping[str, Rule],
    now: datetime,
    has_time: Callable[[], bool],
) -> list[Tried]:
    tried: list[Tried] = []
    while has_time() and (claimed := store.incidents.claim(name, now, now + _CLAIM)):
        incident, delivery = claimed
        problem = ""
        try:
            send(channel, _message(store, incident, delivery, rules.get(incident.rule), now))
        except NotDelivered as error:
            problem = str(error)
            logger.warning(
                "%s about incident %s: not delivered to %s: %s", delivery.kind, incident.id, name, error
            )
            store.incidents.failed(delivery, problem, next_try(delivery.attempts, now))
        else:
            store.incidents.delivered(delivery, now)
        tried.append(Tried(delivery, incident, problem))
        if problem:
            break
    return tried


def _message(
    store: Store, incident: Incident, delivery: Delivery, rule: Rule | None, now: datetime
) -> Message:
    is_over = delivery.kind == ALL_CLEAR
    return Message(
        kind=delivery.kind,
        text=as_sent(incident, delivery, now),
        host=HOST,
        rule=incident.rule,
        source=incident.source,
        run=incident.run_id,
        outcome=store.run(incident.run_id).outcome if incident.run_id else "",
        opened_at=incident.opened_at,
        closed_at=incident.closed_at,
        next="" if is_over else next_command(rule, incident.source, incident.run_id),
        incident=incident.id,
        delivery=delivery.id,
    )
