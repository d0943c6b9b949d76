"""The archive: letters stored, recorded and searchable. See `itudocs.archive.archive` for what a user opens.

archive    what a user opens; joins the rest with the parser and the search engine, late
asking     what is asked of it, checked: which letters are meant, a search as engines take it
folder     what lies in its folder; how that is made, and a checked copy
searches   saved searches and what they have seen
intake     files, folders and containers -> candidates; what the archive has seen of them is known
watching   folders that are watched
pruning    letters whose files are gone
reporting  a run as a file
renditions the same letter in several formats
ingest     files and bytes in: what is new, parsed and committed in durable batches
correcting corrections in: checked, entered, taken back
diff       two states of an archive, or its records and the present parser, held against each other
store      SQLite, the truth; its tables are described in schema
index      keeps the search index in step with the store
generations  the index's files: sealed, switched, checked
agenda     what letters announce when; families, drafts and occasions make its rows
views      the store as SQL
ledger     corrections as rows of the store
graph      who cites, corrects and replaces whom, and what is in force; made by linking, written out by graphml
gaps       what the archive lacks: letters cited, missing numbers, dates that do not fit
versions   where the language versions of a letter do not say the same
disk       durable writes, the writer's lock, faults in words
"""

from itudocs.archive.archive import Archive, open_archive
from itudocs.archive.ingest import Progress, Report
from itudocs.archive.store import Problem, Run, StoredSource

__all__ = ["Archive", "Problem", "Progress", "Report", "Run", "StoredSource", "open_archive"]
