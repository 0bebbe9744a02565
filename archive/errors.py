"""The errors of the archive, one class for each thing that its caller can do about it.

::

    ArchiveError
    ├── UsageError            the command line or the configuration is wrong: correct it
    ├── DocumentError         bytes that are not a document: reported, never half stored
    ├── ExportError           the folder exported to cannot be written or is not ours
    ├── NotFound              no run of that number: look them up
    ├── WorkerLost            a process that did a part of the work was ended: run the command again
    ├── NotLeading            another scheduling service leads: stand by
    ├── SchedulerStuck        the scheduling service does nothing any more: start it again
    ├── SourceBusy            another run crawls the source: wait for it
    │   ├── RunTaken          a planned run has begun already, or is not to begin any more
    │   └── LeaseLost         another run has taken over from this one, which was silent too long
    └── StoreError            the database cannot be used
        ├── StoreUnavailable  missing, locked, full, read-only, refused
        │   └── StoreAbsent   there is none: crawl or import first, or name another
        └── StoreMismatch     written by a newer version, or no store of ours at all

Messages name the file, address or setting at hand and say what to do.
"""


class ArchiveError(Exception):
    """Any failure that the archive foresees; its text is fit to be shown to the user as it is."""


class UsageError(ArchiveError):
    """The command line or the configuration asks for something that cannot be."""


class DocumentError(ArchiveError):
    """Bytes that cannot be read as a document."""


class ExportError(ArchiveError):
    """A folder that cannot be exported to."""


class NotFound(ArchiveError):
    """The store has nothing of that name or number."""


class SourceBusy(ArchiveError):
    """The source is being crawled already."""


class NotLeading(ArchiveError):
    """Another scheduling service leads; this one must enter nothing into the ledger."""


class SchedulerStuck(ArchiveError):
    """APScheduler does nothing any more, though its thread may live."""


class RunTaken(SourceBusy):
    """A planned run has begun elsewhere, or its slot was given up."""


class LeaseLost(SourceBusy):
    """This run was silent for so long that another has taken its source over; it may write no more."""


class StoreError(ArchiveError):
    """The store cannot do what was asked; what was committed before is intact."""


class StoreUnavailable(StoreError):
    """The database cannot be opened, read or written just now: missing, locked, full, refused."""


class StoreAbsent(StoreUnavailable):
    """There is no database, and none was to be made."""


class StoreMismatch(StoreError):
    """The database has a schema that this version does not know: from the future, or foreign."""
