"""The field catalogue: what each field means, its type, who fills it, and its header in each profile.

One typed record inside, several header sets outside. A :class:`Profile` is data: the fields in order and the
manners of one receiver's public text. The alias table reads the headers that other vendors write.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import StrEnum

from tecum.errors import ProfileUnknown


class FieldType(StrEnum):
    """How a value is written in a load file."""

    BATES = "B"
    DATE = "D"  # MM/DD/YYYY
    TIME = "T"  # HH:MM:SS
    MULTI = "M"  # several values with the profile's separator between them
    PATH = "P"  # relative path inside the volume
    INTEGER = "I"
    HEX = "hex"
    TEXT = "text"


@dataclass(frozen=True)
class Field:
    """One field.

    ``rows`` says on which rows it stands (all, mail, edoc, children ...), ``filler`` which room gives its
    value, ``headers`` its name per profile ("default" is the key itself unless it says otherwise).
    """

    key: str
    meaning: str
    type: FieldType
    rows: str
    filler: str
    headers: dict[str, str] = dataclass_field(default_factory=dict)


_B, _D, _T, _M = FieldType.BATES, FieldType.DATE, FieldType.TIME, FieldType.MULTI
_P, _I, _X, _S = FieldType.PATH, FieldType.INTEGER, FieldType.HEX, FieldType.TEXT

# Key, type, rows, filler, meaning; in the order of the default profile.
_DEFAULT: tuple[tuple[str, FieldType, str, str, str], ...] = (
    ("BEGBATES", _B, "all", "production", "First Bates number of the document"),
    ("ENDBATES", _B, "all", "production", "Last Bates number of the document"),
    ("BEGATTACH", _B, "family", "production", "First Bates number of the family"),
    ("ENDATTACH", _B, "family", "production", "Last Bates number of the family"),
    ("PARENT_BATES", _B, "children", "production", "First Bates number of the parent"),
    ("CHILD_BATES", _M, "parents", "production", "First Bates numbers of the attachments"),
    ("PGCOUNT", _I, "all", "production", "Number of pages; 1 for a slip sheet"),
    ("CONTROLNO", _S, "all", "processing", "Control number of the document in the sender's matter"),
    ("CUSTODIAN", _S, "all", "processing", "Custodian from whom the document comes"),
    ("ALLCUSTODIAN", _M, "all", "analysis", "Every custodian who held a copy"),
    ("FROM", _M, "mail", "processing", "Sender, with address"),
    ("TO", _M, "mail", "processing", "Recipients, with addresses"),
    ("CC", _M, "mail", "processing", "Copy recipients, with addresses"),
    ("BCC", _M, "mail", "processing", "Blind-copy recipients, with addresses"),
    ("SUBJECT", _S, "mail", "processing", "Subject line"),
    ("DATESENT", _D, "mail", "processing", "Date sent, in the volume's time zone"),
    ("TIMESENT", _T, "mail", "processing", "Time sent, in the volume's time zone"),
    ("DATERCVD", _D, "mail", "processing", "Date received, in the volume's time zone"),
    ("TIMERCVD", _T, "mail", "processing", "Time received, in the volume's time zone"),
    ("TIMEZONE", _S, "all", "production", "Time zone in which every time of the volume is stated"),
    ("DATESOURCE", _S, "mail", "processing", "Header or property from which the sent date was taken"),
    ("AUTHOR", _S, "edoc", "processing", "Author stated inside the file"),
    ("LASTAUTHOR", _S, "edoc", "processing", "Last author stated inside the file"),
    ("TITLE", _S, "edoc", "processing", "Title stated inside the file"),
    ("DATECREATED", _D, "edoc", "processing", "Date created, stated inside the file"),
    ("TIMECREATED", _T, "edoc", "processing", "Time created, stated inside the file"),
    ("DATEMOD", _D, "edoc", "processing", "Date last modified"),
    ("TIMEMOD", _T, "edoc", "processing", "Time last modified"),
    ("PRINTEDDATE", _D, "edoc", "processing", "Date last printed"),
    ("FILENAME", _S, "all", "processing", "Name of the file as collected"),
    ("FILEEXT", _S, "all", "processing", "Extension of the native, without the dot"),
    ("DOCTYPE", _S, "all", "processing", "Kind of document"),
    ("FILESIZE", _I, "all", "processing", "Size of the native in bytes"),
    ("PATH", _S, "edoc", "processing", "Path of the file where it was collected"),
    ("ALLPATHS", _M, "all", "analysis", "Every path at which a copy was collected"),
    ("INTFILEPATH", _S, "mail", "processing", "Folder inside the mailbox"),
    ("MSGID", _S, "mail", "processing", "Message-ID header"),
    ("INREPLYTO", _S, "mail", "processing", "In-Reply-To header"),
    ("THREADID", _S, "mail", "analysis", "Conversation to which the message belongs"),
    ("MD5HASH", _X, "unredacted", "processing", "MD5 of the native"),
    ("SHA256", _X, "unredacted", "processing", "SHA-256 of the native"),
    ("MIH", _X, "unredacted mail", "analysis", "EDRM Message Identification Hash"),
    ("ATTACHCOUNT", _I, "parents", "processing", "Number of attachments"),
    ("ATTACHNAMES", _M, "parents", "processing", "Names of the attachments"),
    ("REDACTED", _S, "redacted", "redaction", "Y when something is redacted"),
    ("REDACTIONTYPE", _M, "redacted", "redaction", "Reasons of the redactions"),
    ("WITHHELD", _S, "slip sheets", "privilege", "Y when the document is withheld behind a slip sheet"),
    ("PRIVLOGID", _S, "slip sheets", "privilege", "Row of the privilege log"),
    ("EXEMPTION", _M, "redacted", "redaction", "Exemption codes"),
    ("CONFIDENTIALITY", _S, "as marked", "production", "Designation, as stamped on the pages"),
    ("REQUESTNO", _M, "all", "production", "Numbered requests that the document answers"),
    ("EXCEPTION", _M, "exceptions", "processing", "Codes of processing exceptions"),
    ("PRODVOL", _S, "all", "production", "Name of the volume"),
    ("NATIVELINK", _P, "natives", "production", "Path of the native in the volume"),
    ("TEXTLINK", _P, "all", "production", "Path of the text in the volume"),
    ("PDFLINK", _P, "all", "production", "Path of the PDF in the volume"),
)

# Read in other people's volumes, never written by the default profile.
_FOREIGN: tuple[tuple[str, FieldType, str, str, str], ...] = (
    ("GROUPID", _S, "family", "other vendors", "Identifier shared by the members of a family"),
    ("ATTACHRANGE", _S, "family", "other vendors", "Range of the family as 'first - last'"),
    ("IMAGELINK", _P, "all", "other vendors", "Path of the image in the volume"),
    ("REDACTEDIMAGE", _P, "redacted", "other vendors", "Path of the redacted image"),
    ("REDACTEDTEXT", _P, "redacted", "other vendors", "Path of the redacted text"),
    ("NATIVEWITHHELD", _S, "redacted", "other vendors", "Whether the native is said to be withheld"),
    ("SHA1", _X, "all", "other vendors", "SHA-1 of the native"),
    ("DATEACCESSED", _D, "edoc", "other vendors", "Date last accessed"),
    ("TIMEACCESSED", _T, "edoc", "other vendors", "Time last accessed"),
    ("LANGUAGE", _S, "optional", "analysis", "Language of the document"),
    ("COMPANY", _S, "all", "other vendors", "Producing party"),
    ("BOX", _S, "paper", "other vendors", "Box from which paper was scanned"),
    ("FAMILYDATE", _D, "all", "other vendors", "Date of the family's parent"),
    ("LABELS", _M, "mail", "processing", "Labels or tags that the mail program gave the message"),
    ("MAILFLAGS", _M, "mail", "processing", "read, answered, flagged, draft, deleted, as the mail program noted"),
    ("CHANNEL", _S, "chats", "processing", "Channel or conversation to which the messages belong"),
)

CATALOGUE: dict[str, Field] = {
    key: Field(key, meaning, kind, rows, filler) for key, kind, rows, filler, meaning in (*_DEFAULT, *_FOREIGN)
}


@dataclass(frozen=True)
class Profile:
    """The manners of one receiver, as data.

    ``fields`` are catalogue keys in column order, ``required`` those a load file may not lack. ``source`` is
    the text it follows and ``revision`` that text's edition; nothing here claims conformance.
    """

    name: str
    fields: tuple[str, ...]
    required: tuple[str, ...]
    source: str
    revision: str
    separator: str = "\x14"
    qualifier: str = "\u00fe"
    newline: str = "\u00ae"
    multi: str = ";"
    nested: str = "\\"
    bom: bool = True
    encoding: str = "utf-8"
    path_separator: str = "\\"
    path_prefix: str = ""
    date_style: str = "%m/%d/%Y"
    time_style: str = "%H:%M:%S"

    @property
    def wording(self) -> str:
        """What may be said of the profile, in print."""
        return f"follows the public text of {self.source}, revision {self.revision}"

    @property
    def headers(self) -> tuple[str, ...]:
        """The header row."""
        return tuple(self.header(key) for key in self.fields)

    def header(self, key: str) -> str:
        """Return the name of a field in this profile."""
        return CATALOGUE[key].headers.get(self.name, key)


PROFILES: dict[str, Profile] = {
    "default": Profile(
        name="default",
        fields=tuple(row[0] for row in _DEFAULT),
        required=(
            *("BEGBATES", "ENDBATES", "BEGATTACH", "ENDATTACH", "PARENT_BATES", "PGCOUNT", "CUSTODIAN"),
            *("DATESENT", "TIMEZONE", "FILENAME", "FILEEXT", "FILESIZE", "MD5HASH", "SHA256"),
            *("REDACTED", "PRODVOL", "NATIVELINK", "TEXTLINK"),
        ),
        source="tecum's default layout (docs/reference/fields.md)",
        revision="1",
    ),
}


def profile(name: str) -> Profile:
    """Return a profile by name.

    Raises:
        ProfileUnknown: naming the profiles there are.
    """
    try:
        return PROFILES[name]
    except KeyError:
        raise ProfileUnknown(
            f"There is no profile {name!r}.", remedy=f"Choose one of: {', '.join(sorted(PROFILES))}"
        ) from None


# Headers met in public specifications and sample volumes (SEC, FTC, DOJ Antitrust, Relativity, zipper and
# others), compared without case, blanks and signs. A key of the catalogue is its own alias.
_ALIASES: dict[str, str] = {
    "BEGBATES": "Control Number, CONTROLNUMBER, DOCID, Document ID, Doc ID, BATES_NUMBER, BATES, BATESNO, "
    "FIRSTBATES, BEGDOC, BEGDOC#, BEGDOCNO, Beg Doc, BEGINBATES, Begin Bates, Beginning Bates, BATESBEG, "
    "Bates Beg, BEG BATES NUMBER, Bates Begin, STARTBATES, PRODBEG, PRODBEGBATES, Production Begin Bates, "
    "Production::Begin Bates, BEGNO, BEGIN DOC, BegControl, Begin Control Number, FIRSTPAGE",
    "ENDBATES": "LASTBATES, ENDDOC, ENDDOC#, ENDDOCNO, End Doc, ENDINGBATES, Ending Bates, BATESEND, "
    "Bates End, END BATES NUMBER, PRODEND, PRODENDBATES, Production End Bates, Production::End Bates, "
    "ENDNO, EndControl, End Control Number, LASTPAGE",
    "BEGATTACH": "BEGATT, BEG ATTACHMENT, Beginning Attachment, ATTACHBEG, BEGATTACHMENT, PRODBEGATTACH, "
    "Production Begin Attachment, Begin Family, BEGFAMILY, FAMILYBEG, BEGATTACHBATES, ATTBEG",
    "ENDATTACH": "ENDATT, END ATTACHMENT, Ending Attachment, ATTACHEND, ENDATTACHMENT, PRODENDATTACH, "
    "Production End Attachment, End Family, ENDFAMILY, FAMILYEND, ENDATTACHBATES, ATTEND",
    "ATTACHRANGE": "Attachment Range, FAMLYRNG, FAMILYRANGE, BATESRANGE FAMILY",
    "PARENT_BATES": "PARENTBATES, PARENTID, PARENTDOCID, Parent Document ID, PARENT DOC ID, PARENT, "
    "Parent Bates Number, PARENTBEGBATES",
    "CHILD_BATES": "CHILDBATES, ATTACHIDS, ATTCHIDS, ATTACHMENTIDS, CHILDREN, CHILDIDS, Attachment Bates",
    "GROUPID": "Group Identifier, FAMILYID, Family Identifier",
    "PGCOUNT": "PAGECOUNT, Page Count, PAGES, NUMPAGES, Number of Pages, IMAGECOUNT, Pg Count",
    "CONTROLNO": "Ctrl No, Internal Control Number, VENDORCONTROLNO",
    "CUSTODIAN": "CUSTDIAN, CUSTODIANNAME, Source Custodian",
    "ALLCUSTODIAN": "ALLCUSTODIANS, DUPCUSTODIAN, DUPCUSTODIANS, Duplicate Custodian, ALTCUSTODIAN, "
    "Alternate Custodian, OTHERCUSTODIANS",
    "FROM": "EMAILFROM, Email From, SENDER, MAILFROM",
    "TO": "EMAILTO, Email To, RECIPIENT, RECIPIENTS, MAILTO",
    "CC": "EMAILCC, Email CC, COPYEE",
    "BCC": "EMAILBCC, Email BCC",
    "SUBJECT": "EMAILSUBJECT, Email Subject, RE",
    "DATESENT": "DATE_SENT, Sent Date, SENTDATE, SENTON, DATE SENT ON, EMAILSENTDATE",
    "TIMESENT": "TIME_SENT, Sent Time, SENTTIME",
    "DATERCVD": "DATERECEIVED, Date Received, RECEIVEDDATE, Received Date, DATERECD, DATE_RCVD",
    "TIMERCVD": "TIMERECEIVED, Time Received, Received Time, TIMERECD, TIME_RCVD",
    "TIMEZONE": "TIME_ZONE, TZ, Processing Time Zone, TIMEZONEPROCESSED",
    "AUTHOR": "DOCAUTHOR, CREATOR",
    "LASTAUTHOR": "LAST_AUTHOR, Last Saved By, LASTSAVEDBY, Last Modified By",
    "TITLE": "DOCTITLE, DOCUMENTTITLE",
    "DATECREATED": "DATE_CREATED, CREATEDATE, CREATEDDATE, Created Date, DATECRTD, CREATIONDATE",
    "TIMECREATED": "TIME_CREATED, CREATETIME, CREATIONTIME",
    "DATEMOD": "DATE_MOD, MODDATE, DATEMODIFIED, Date Last Modified, DATELASTMOD, MODIFIEDDATE, DATESVD, "
    "LASTMODIFIEDDATE, DATESAVED",
    "TIMEMOD": "TIME_MOD, MODTIME, TIMEMODIFIED, TIMELASTMOD, LASTMODIFIEDTIME",
    "DATEACCESSED": "DATE_ACCESSD, LASTACCDATE, DATELASTACCESSED",
    "TIMEACCESSED": "TIME_ACCESSD, LASTACCTIME",
    "PRINTEDDATE": "PRINTED_DATE, DATEPRINTED, LASTPRINTED",
    "FILENAME": "FILE_NAME, File Name, ORIGINALFILENAME, DOCNAME",
    "FILEEXT": "FILE_EXTEN, FILEEXTENSION, Document Extension, DOCEXT, EXTENSION, EXT",
    "DOCTYPE": "FILE_TYPE, FILETYPE, MIME_TYPE, MIMETYPE, Document Type, RECORDTYPE, Record Type, MIME",
    "FILESIZE": "FILE_SIZE, File Size, DOCSIZE, NATIVESIZE, SIZE",
    "PATH": "ORIGINALPATH, ORIGPATH, Original Path, FILEPATHORIGINAL, SOURCEPATH, FOLDER, Folder Path, "
    "Original Folder Path",
    "ALLPATHS": "DUPPATH, DUPLICATEPATHS, ALLFILEPATHS",
    "INTFILEPATH": "MAILFOLDER, EMAILFOLDER, Email Folder, MAILSTOREPATH",
    "MSGID": "MESSAGEID, Message ID, INTMSGID, INTERNETMESSAGEID",
    "INREPLYTO": "In Reply To, INREPLYTOID",
    "THREADID": "THREAD, CONVERSATIONID, EMAILTHREADID, Conversation Index",
    "MD5HASH": "MD5, MD5 Hash, HASH, HASHVALUE, FILEHASH",
    "SHA256": "SHA256HASH, SHA-256 Hash",
    "SHA1": "SHA1HASH, SHA-1 Hash, SHAHASH",
    "MIH": "EDRMMIH, EDRM MIH, EMAILHASH MIH",
    "ATTACHCOUNT": "number of attachments, ATTACHMENTCOUNT, NUMATTACH, ATTCOUNT, Attachment Count",
    "ATTACHNAMES": "ATTACHMENTNAMES, ATTACHNAME, ATTACHMENT, ATTACHMENTS, ATTACHLIST, Attachment Names",
    "REDACTED": "HASREDACTIONS, Has Redactions, ISREDACTED, REDACTION",
    "REDACTIONTYPE": "REDACTION_REASON, Redaction Reason, REDACTIONREASONS, Redaction Type, REDACTIONCODE",
    "WITHHELD": "ISWITHHELD, WITHHELDPRIV",
    "PRIVLOGID": "PRIVLOG, LOGID, Privilege Log ID, PRIVLOGNO",
    "NATIVEWITHHELD": "NATIVE_WITHHELD",
    "EXEMPTION": "EXEMPTIONS, FOIAEXEMPTION, FOIA Exemption, EXEMPTIONCODE",
    "CONFIDENTIALITY": "DESIGNATION, CONFIDENTIAL, Confidential Designation, CONF, Confidentiality Designation",
    "REQUESTNO": "REQUEST, REQUESTNUMBER, RFP, RFPNO, RESPONSIVEREQUEST, SPECIFICATIONNO",
    "PRODVOL": "VOLUME, PRODVOLUME, Production Volume, VOLUMENAME, VOLNAME",
    "LANGUAGE": "DOCLANG, DOCLANGUAGE, PRIMARYLANGUAGE",
    "COMPANY": "PRODPARTY, PRODUCINGPARTY, Producing Party",
    "BOX": "BOX#, BOXNO",
    "FAMILYDATE": "Family Date, SORTDATE, MASTERDATE",
    "NATIVELINK": "LINK, DOCLINK, FILE_PATH, File Path, NATIVE_PATH, NATIVEFILE, NATIVE, NATIVEPATH, "
    "Native Link, NATIVEFILELINK, NATIVEFILEPATH",
    "TEXTLINK": "OCRPATH, TEXT_PATH, TEXTPATH, Extracted Text, EXTRACTEDTEXT, FULLTEXT, TEXTFILE, OCRTEXT, "
    "EXTRACTEDTEXTPATH, Text Link, OCRLINK, TEXT, Text Precedence",
    "PDFLINK": "PDF_PATH, PDFPATH, PDF, PDFFILE",
    "IMAGELINK": "IMAGE_PATH, IMAGEPATH, IMAGE, IMAGEFILE, TIFFPATH",
    "REDACTEDIMAGE": "REDACTED_IMAGE_PATH",
    "REDACTEDTEXT": "REDACTED_TEXT_PATH",
}


def squeezed(header: str) -> str:
    """Return a header without case, blanks, underscores and signs: the form in which names are compared."""
    return "".join(letter for letter in header.casefold() if letter.isalnum())


ALIASES: dict[str, str] = {
    squeezed(alias): key
    for key, aliases in ((key, f"{key}, {_ALIASES.get(key, '')}") for key in CATALOGUE)
    for alias in aliases.split(",")
    if alias.strip()
}


def key_of(header: str) -> str | None:
    """Return the catalogue key that a vendor's header stands for, or None when it is not known."""
    return ALIASES.get(squeezed(header))
