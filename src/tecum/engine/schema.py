"""The tables of a matter: one owner each, the only module that inserts into it; everyone may read.

Times are ISO 8601 text in UTC, hashes lower-case hex, JSON columns canonical text. ``item.key`` is derived
from where an item lies, never from when it was found, so two runs over the same sources give the same rows.
"""

from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

VERSION = 3  # 2: the docket; 3: recognised pages, threads, near-duplicates, languages

metadata = MetaData()

# -- engines ---------------------------------------------------------------------------------------------

about = Table(  # owner: engine.store
    "about",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

ledger = Table(  # owner: engine.ledger; append-only, triggers refuse UPDATE and DELETE
    "ledger",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),  # canonical JSON
    Column("prev", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

blob = Table(  # owner: engine.blobs; a row exists only after its bytes are durable
    "blob",
    metadata,
    Column("hash", Text, primary_key=True),  # SHA-256 of the content
    Column("pack", Text, nullable=False),  # "" = a file of its own
    Column("start", Integer, nullable=False),
    Column("size", Integer, nullable=False),
)

job = Table(  # owner: engine.store; what a stage has done: "run" means "do the remainder"
    "job",
    metadata,
    Column("stage", Text, nullable=False),
    Column("input", Text, nullable=False),
    Column("version", Text, nullable=False),
    PrimaryKeyConstraint("stage", "input"),
)

# -- processing ------------------------------------------------------------------------------------------

source = Table(  # owner: processing.collect; the chain of custody
    "source",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1, 2, ... in order of first collection
    Column("custodian", Text, nullable=False),
    Column("path", Text, nullable=False),  # as given, absolute
    Column("collected_by", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("finished", Text, nullable=False),  # "" while under way
    UniqueConstraint("custodian", "path"),
)

item = Table(  # owner: processing.rows
    "item",
    metadata,
    Column("key", Text, primary_key=True),
    Column("source", Integer, nullable=False),
    Column("parent", Text, nullable=False),  # key of the item it was found in; "" = a loose file
    Column("position", Integer, nullable=False),  # order within the parent, from 0
    Column("depth", Integer, nullable=False),  # 0 = a loose file
    Column("sort", LargeBinary, nullable=False),  # path bytes, then member positions: the order of everything
    Column("path", Text, nullable=False),  # shown: from the source down, members joined by "//"
    Column("name", Text, nullable=False),
    Column("size", Integer, nullable=False),  # bytes; -1 = could not be had
    Column("sha256", Text, nullable=False),  # "" = could not be had
    Column("md5", Text, nullable=False),
    Column("modified", Text, nullable=False),  # file time or archive time; "" = unknown
    Column("outside", Text, nullable=False),  # JSON: fields known from outside (declared type, folder ...)
    Column("budget", Integer, nullable=False),  # bytes its members may still expand to
    Column("inline", Integer, nullable=False),  # 1 = a picture shown inside the parent's body
    Column("kind", Text, nullable=False, server_default=""),
    Column("mime", Text, nullable=False, server_default=""),
    Column("disposition", Text, nullable=False, server_default=""),  # "" = not yet read
    Column("rule", Text, nullable=False, server_default=""),  # why it was excluded
    Column("reader", Text, nullable=False, server_default=""),  # name and version
    Column("fields", Text, nullable=False, server_default="{}"),  # JSON: what the reader said
    Column("text", Text, nullable=False, server_default=""),  # blob hash of the extracted text
    Column("text_size", Integer, nullable=False, server_default="0"),  # characters
    Column("body_hash", Text, nullable=False, server_default=""),  # of the letters and digits of the text
    Column("members", Integer, nullable=False, server_default="0"),
)
Index("item_open", item.c.disposition, item.c.depth, item.c.source, item.c.sort)
Index("item_order", item.c.source, item.c.sort)
Index("item_parent", item.c.parent)

exception = Table(  # owner: processing.rows; other rooms hand theirs over through verbs
    "exception",
    metadata,
    Column("item", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("tool", Text, nullable=False),
    PrimaryKeyConstraint("item", "stage", "code"),
)

recognised = Table(  # owner: processing.recognise; the words of a page without usable text; copies share them
    "recognised",
    metadata,
    Column("sha256", Text, nullable=False),  # of the item's bytes
    Column("page", Integer, nullable=False),  # from 1
    Column("engine", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("languages", Text, nullable=False),  # as the settings named them, joined by "+"
    Column("dpi", Integer, nullable=False),  # as the settings named it; the blob has the page's own
    Column("words", Text, nullable=False),  # blob of engine.ocr.words: each word, its box and confidence; "" = failed
    Column("count", Integer, nullable=False),  # words
    Column("confidence", Integer, nullable=False),  # mean, 0-100; -1 = no words
    Column("blank", Integer, nullable=False),  # 1 = no ink on the page
    Column("code", Text, nullable=False),  # exception code with which it failed; "" = it did not
    Column("message", Text, nullable=False),
    PrimaryKeyConstraint("sha256", "page"),
)

recognition = Table(  # owner: processing.recognise; an item whose text is wholly or partly recognised
    "recognition",
    metadata,
    Column("item", Text, primary_key=True),
    Column("original", Text, nullable=False),  # blob of the text that the reader gave; "" = none
    Column("text", Text, nullable=False),  # blob of the text that stands in its place
    Column("engine", Text, nullable=False),  # name and version
    Column("pages", Text, nullable=False),  # JSON: pages whose text is the recognised one, from 1
    Column("kept", Text, nullable=False),  # JSON: pages that were doubted, and whose own text was kept
)

document = Table(  # owner: processing.number; born when discovery closes
    "document",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1, 2, ... in order of control number
    Column("control", Text, nullable=False, unique=True),
    Column("item", Text, nullable=False, unique=True),
    Column("family", Integer, nullable=False),  # id of the family's first document
    Column("parent", Integer, nullable=False),  # id of the document it is attached to; 0 = none
    Column("level", Integer, nullable=False),  # 1 = parent
    Column("custodian", Text, nullable=False),
    Column("date", Text, nullable=False),  # UTC; sent, else modified, else created; "" = undated
    Column("date_source", Text, nullable=False),
    Column("family_date", Text, nullable=False),  # the date of the family's first document
)
Index("document_family", document.c.family)

# -- analysis --------------------------------------------------------------------------------------------

content = Table(  # owner: analysis.duplicates; tecum-mail-1 and its components, or the file's own hash
    "content",
    metadata,
    Column("document", Integer, primary_key=True, autoincrement=False),
    Column("recipe", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("components", Text, nullable=False),  # JSON: component -> hash, so that two parties can debug
    Column("mih", Text, nullable=False),  # EDRM message identification hash; "" = none
    Column("family_hash", Text, nullable=False),  # "" but on a family's first document
)
Index("content_family", content.c.family_hash)

duplicate = Table(  # owner: analysis.duplicates; one row for each suppressed document
    "duplicate",
    metadata,
    Column("document", Integer, primary_key=True, autoincrement=False),
    Column("primary", Integer, nullable=False),
)
Index("duplicate_primary", duplicate.c.primary)

blind = Table(  # owner: analysis.copies; the union of blind-copy recipients over a mail's duplicates
    "blind",
    metadata,
    Column("document", Integer, nullable=False),  # the primary, or a mail that has no duplicate
    Column("address", Text, nullable=False),  # lower-case address, else the name
    Column("shown", Text, nullable=False),  # as the reader writes it
    Column("copies", Text, nullable=False),  # JSON: ids of the documents that show it
    PrimaryKeyConstraint("document", "address"),
)

stated = Table(  # owner: analysis.copies; whose copies and which paths a produced document stood for when produced
    "stated",
    metadata,
    Column("document", Integer, primary_key=True, autoincrement=False),
    Column("custodians", Text, nullable=False),  # JSON: sorted keys
    Column("paths", Text, nullable=False),  # JSON: sorted list of [custodian, path]
)

widened = Table(  # owner: analysis.copies; for an overlay: a later load gave what was produced more custodians
    "widened",
    metadata,
    Column("document", Integer, nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, ... for each document
    Column("at", Text, nullable=False),
    Column("custodians_before", Text, nullable=False),  # JSON, as in ``stated``
    Column("custodians_after", Text, nullable=False),
    Column("paths_before", Text, nullable=False),
    Column("paths_after", Text, nullable=False),
    PrimaryKeyConstraint("document", "number"),
)

wording = Table(  # owner: analysis.study; what was learned of each distinct text
    "wording",
    metadata,
    Column("body_hash", Text, primary_key=True),  # of its letters and digits, as on the item
    Column("language", Text, nullable=False),  # ISO 639-1; "und" = too little text to tell
    Column("confidence", Integer, nullable=False),  # percent
    Column("others", Text, nullable=False),  # JSON: further language -> percent of the text
    Column("shingles", Integer, nullable=False),  # distinct runs of five words; -1 = too long to be compared
    Column("digest", LargeBinary, nullable=False),  # MinHash of the shingles, 128 x uint32, little-endian
)

message = Table(  # owner: analysis.study; what threads are made of, one row for each mail
    "message",
    metadata,
    Column("document", Integer, primary_key=True, autoincrement=False),
    Column("message_id", Text, nullable=False),
    Column("ancestors", Text, nullable=False),  # JSON: References, then In-Reply-To, oldest first
    Column("conversation", Text, nullable=False),  # GUID of the Exchange conversation index, hex; "" = none
    Column("place", Text, nullable=False),  # what follows it, hex: ten digits for each reply
    Column("subject", Text, nullable=False),  # without prefixes, lower-case
    Column("reply", Integer, nullable=False),  # 1 = the subject has a prefix of reply or forward
    Column("sender", Text, nullable=False),
    Column("people", Text, nullable=False),  # JSON: addresses of sender and recipients
    Column("segments", Text, nullable=False),  # JSON: own words first, then each quoted message
    Column("own", LargeBinary, nullable=False),  # fingerprints of the own words, uint32, little-endian
    Column("quoted", LargeBinary, nullable=False),  # fingerprints of the quoted words
)

thread = Table(  # owner: analysis.threads; one row for each mail
    "thread",
    metadata,
    Column("document", Integer, primary_key=True, autoincrement=False),
    Column("thread", Integer, nullable=False),  # id of the thread's lowest document
    Column("position", Integer, nullable=False),  # 0, 1, ... in reading order: each answer below what it answers
    Column("depth", Integer, nullable=False),
    Column("parent", Integer, nullable=False),  # the document that it answers; 0 = none here
    Column("evidence", Text, nullable=False),  # header, same id, index, quoted, part quoted, subject; joined by " + "
    Column("detail", Text, nullable=False),  # what exactly was seen
    Column("inclusive", Integer, nullable=False),  # 0 = a later message contains all of it
    Column("reasons", Text, nullable=False),  # JSON: message, attachment, inferred, last
    Column("contained_in", Integer, nullable=False),  # that later message; 0 = none
    Column("spare_of", Integer, nullable=False),  # the same mail in other bytes; 0 = none
)
Index("thread_order", thread.c.thread, thread.c.position)

near = Table(  # owner: analysis.near; documents whose text is nearly that of a longer one
    "near",
    metadata,
    Column("document", Integer, primary_key=True, autoincrement=False),
    Column("pivot", Integer, nullable=False),  # the group's longest document, which names the group
    Column("similarity", Integer, nullable=False),  # percent of the runs of five words in common; 100 on the pivot
)
Index("near_pivot", near.c.pivot)

version = Table(  # owner: analysis.versions; files of similar name and text, in order of time
    "version",
    metadata,
    Column("document", Integer, primary_key=True, autoincrement=False),
    Column("series", Integer, nullable=False),  # the lowest document of the series
    Column("number", Integer, nullable=False),  # 1, 2, ...; the same text has the same number
    Column("similarity", Integer, nullable=False),  # percent, to the version before it; 100 on the first
)
Index("version_series", version.c.series, version.c.number)

# -- terms  ----------------------------------------------------------------------------------------------

segment = Table(  # owner: terms.indexing
    "segment",
    metadata,
    Column("name", Text, primary_key=True),
    Column("first", Integer, nullable=False),  # document ids, both ends included
    Column("last", Integer, nullable=False),
    Column("documents", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("hash", Text, nullable=False),
)

term_round = Table(  # owner: terms.rounds; append-only: what was proposed, countered and agreed between the sides
    "term_round",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1, 2, ...
    Column("act", Text, nullable=False),  # proposed, countered, agreed
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),  # the person who proposed or agreed, as named
    Column("why", Text, nullable=False),  # our own note; never exported
    Column("request", Text, nullable=False),  # "" = of every request that the terms name
    Column("terms", Text, nullable=False),  # JSON: row, query, request, name, dialect of each
    Column("counts", Text, nullable=False),  # JSON: what they hit at that time, in numbers only
)

# -- privilege, redaction --------------------------------------------------------------------------------

signal = Table(  # owner: privilege.record; a machine's flag, never a privilege call
    "signal",
    metadata,
    Column("document", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("rule", Text, nullable=False),
    Column("strength", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("message", Text, nullable=False),
    PrimaryKeyConstraint("document", "number"),
)

personal = Table(  # owner: redaction.record; certain personal data, its value kept out of the table
    "personal",
    metadata,
    Column("document", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("place", Text, nullable=False),  # body or a field
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    PrimaryKeyConstraint("document", "number"),
)

# -- production ------------------------------------------------------------------------------------------

volume = Table(  # owner: production.numbers
    "volume",
    metadata,
    Column("name", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("documents", Integer, nullable=False),
    Column("settings", Text, nullable=False),  # JSON: all that the payload depends on
    Column("manifest", Text, nullable=False),  # SHA-256 of MANIFEST.csv once written
    Column("written", Text, nullable=False),  # the date inside written files
    Column("released_by", Text, nullable=False),
)

bates_range = Table(  # owner: production.numbers; also ranges used by productions made elsewhere
    "bates_range",
    metadata,
    Column("prefix", Text, nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("owner", Text, nullable=False),  # a volume's name, or what the other production was
    PrimaryKeyConstraint("prefix", "first"),
)

rendition = Table(  # owner: production.render; pages before they are numbered
    "rendition",
    metadata,
    Column("document", Integer, nullable=False),
    Column("kind", Text, nullable=False),  # page, slip
    Column("version", Text, nullable=False),
    Column("blob", Text, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("note", Text, nullable=False),
    PrimaryKeyConstraint("document"),
)

produced = Table(  # owner: production.numbers
    "produced",
    metadata,
    Column("volume", Text, nullable=False),
    Column("document", Integer, nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("requests", Text, nullable=False),  # JSON list of request numbers
    PrimaryKeyConstraint("volume", "document"),
    UniqueConstraint("volume", "first"),
)

held = Table(  # owner: production.numbers; families selected but held back from a volume
    "held",
    metadata,
    Column("volume", Text, nullable=False),
    Column("document", Integer, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("requests", Text, nullable=False),
    PrimaryKeyConstraint("volume", "document"),
)

# -- demand ----------------------------------------------------------------------------------------------

docket = Table(  # owner: demand.record; append-only, triggers refuse UPDATE and DELETE
    "docket",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("act", Integer, nullable=False),  # the ledger's entry, which holds a hash over the rows of the act
    Column("noun", Text, nullable=False),  # demand, recipient, event, award, case, order, calendar, ...
    Column("id", Text, nullable=False),  # of several rows of one noun and id the last is in force
    Column("body", Text, nullable=False),  # canonical JSON
)
Index("docket_act", docket.c.act)

APPEND_ONLY = (ledger, docket, term_round)
