"""Alerts as the service and a crawl use them: they hold nothing up, and nothing that fails here ends them."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from archive.errors import StoreError
from ops.alerts.configuration import rules_in_force
from ops.alerts.delivering import Tried, deliver_due
from ops.alerts.outage import Outage
from ops.alerts.rules import Facts, Step, counts
from ops.alerts.watching import Watch, watch_all, watch_source

if TYPE_CHECKING:
    from archive.store import Store
    from archive.store.values import Run
    from ops.configuration.settings import Settings

logger = logging.getLogger(__name__)
Freshness = Callable[[datetime], Facts]
"""Stats of freshness at a time, by source, "" for the machine."""


class Alerts:
    """The rules and the channels of the settings, over one store. Safe to use from several threads."""

    def __init__(self, store: "Store", settings: "Settings", freshness: Freshness | None = None) -> None:
        self._store, self._freshness = store, freshness
        self._rules = rules_in_force(settings.alert_rules)
        self._channels = {name: one for name, one in settings.alert_channels.items() if one.enabled}
        repeat_every = timedelta(hours=settings.alert_repeat_hours)
        self._outage = Outage(self._channels)
        self._watch = Watch(self._rules, tuple(self._channels), repeat_every)

    def after_run(self, run: "Run", now: datetime) -> None:
        """Look at the runs of a source of which one has ended, and send what is due. Raises nothing.

        A run that rules do not look at changes nothing: one that was asked to stop ends without delay.
        """
        if not counts(run):
            return
        self._quietly(lambda: watch_source(self._store, self._watch, run.source, now))
        self.deliver(now)

    def check(self, now: datetime) -> None:
        """Look at everything. Raises nothing; a store that fails for minutes is an incident as well."""
        problem = self._quietly(lambda: self.watch(now))
        if problem:
            self._outage.fails(problem, now)
        else:
            self._outage.works(now)

    def deliver(self, now: datetime) -> None:
        """Send what is due. Takes less than a minute, and raises nothing."""
        self._quietly(lambda: self.send(now))

    def watch(self, now: datetime) -> list[Step]:
        """Look at everything; what began and ended. Raises `StoreError`."""
        return watch_all(self._store, self._watch, self._facts(now), now)

    def send(self, now: datetime) -> list[Tried]:
        """Send what is due; what became of it. Raises `StoreError`."""
        return deliver_due(self._store, self._channels, {rule.name: rule for rule in self._rules}, now)

    def _facts(self, now: datetime) -> Facts | None:
        if self._freshness is None:
            return None
        try:
            return self._freshness(now)
        except StoreError:
            raise
        except Exception:  # the rules over runs are to be looked at all the same
            logger.exception("freshness cannot be told: its rules are not looked at")
            return None

    @staticmethod
    def _quietly(work: Callable[[], object]) -> str:
        """Do the work; what is wrong with the store, empty where nothing is."""
        try:
            work()
        except StoreError as error:
            logger.error("alerts: %s", error)  # noqa: TRY400 one line says it all
            return str(error) or "unknown"
        except Exception:  # a crawl, or the service, goes on without alerts
            logger.exception("alerts: unexpected error")
        return ""
