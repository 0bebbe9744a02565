"""The one incident that no store can keep: that there is no store. It is known to this process alone."""

import logging
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

from ops.alerts.channels import Message
from ops.alerts.configuration import ChannelTable
from ops.alerts.sending import NotDelivered, send
from ops.alerts.wording import HOST, outage, outage_over

logger = logging.getLogger(__name__)

RULE = "store-unavailable"
_PATIENCE = timedelta(minutes=2)
"""A database that is restarted is no incident."""


class Outage:
    """Whether the store fails, and which channels were told so: each once, and once that it is over."""

    def __init__(self, channels: Mapping[str, ChannelTable]) -> None:
        self._channels = channels
        self._since: datetime | None = None
        self._told: set[str] = set()
        self._lock = threading.Lock()

    def fails(self, problem: str, now: datetime) -> None:
        """Note that it does."""
        with self._lock:
            self._since = self._since or now
            if now - self._since >= _PATIENCE:
                for name in self._channels.keys() - self._told:
                    if self._takes(name, "alert", outage(problem, self._since), None):
                        self._told.add(name)

    def works(self, now: datetime) -> None:
        """Note that it does; a channel that does not take the all-clear is tried again the next time."""
        with self._lock:
            for name in sorted(self._told):
                if self._takes(name, "all-clear", outage_over(self._since or now, now), now):
                    self._told.discard(name)
            self._since = self._since if self._told else None

    def _takes(self, name: str, kind: str, text: str, closed_at: datetime | None) -> bool:
        told = Message(
            kind, text, HOST, RULE, opened_at=self._since, closed_at=closed_at, next="archive doctor"
        )
        try:
            send(self._channels[name], told)
        except NotDelivered as error:
            logger.warning("%s: %s: not delivered to %s: %s", kind, RULE, name, error)
            return False
        return True
