"""Doors: families of questions to the store, each with a class of its own."""

from archive.store.database import Database
from archive.store.exports import Exports
from archive.store.history import History
from archive.store.incidents import Incidents
from archive.store.quality import Quality
from archive.store.rereading import Rereading
from archive.store.search import Search
from archive.store.services import Services
from archive.store.sketches import Sketches
from archive.store.slots import Slots
from archive.store.statistics import Statistics


class Doors:
    """What the store leads to; `Store` is one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def slots(self) -> Slots:
        """What schedules have planned."""
        return Slots(self._database)

    @property
    def services(self) -> Services:
        """The scheduling services."""
        return Services(self._database)

    @property
    def incidents(self) -> Incidents:
        """What the alert rules have found, and the messages about it."""
        return Incidents(self._database)

    @property
    def history(self) -> History:
        """What became of one document, or of one address."""
        return History(self._database)

    @property
    def statistics(self) -> Statistics:
        """What is counted of the sources, their documents and runs."""
        return Statistics(self._database)

    @property
    def exports(self) -> Exports:
        """The folders that were exported to."""
        return Exports(self._database)

    @property
    def quality(self) -> Quality:
        """What a report on the quality of the corpus is made of."""
        return Quality(self._database)

    @property
    def rereading(self) -> Rereading:
        """What is kept of documents, to be read again."""
        return Rereading(self._database)

    @property
    def sketches(self) -> Sketches:
        """What texts that may be nearly the same are found by."""
        return Sketches(self._database)

    @property
    def search(self) -> Search:
        """Full text search over titles and texts."""
        return Search(self._database)
