"""What python3's email package reads from a message: the judge of From, To, Reply-To and Subject.

It knows none of our rules. Fields come from the compat32 policy, which hands out bodies as they
stand; the newer policies parse addresses, and write them anew in a form of their own.
"""

import email.header
import email.parser
import email.policy
import re

COLUMNS = ("From", "To", "Reply-To", "Subject")


def read(message):
    """{column: value} of a message; of several fields the first, of To all, joined with ", "."""
    parser = email.parser.BytesHeaderParser(policy=email.policy.compat32)
    fields = list(parser.parsebytes(message).raw_items())
    found = {column: [decoded(body) for name, body in fields if name.lower() == column.lower()]
             for column in COLUMNS}
    values = {column: bodies[0] if bodies else "" for column, bodies in found.items()}
    values["To"] = folded(", ".join(filter(None, found["To"])))
    return values


def folded(text):
    """Each run of white space, line breaks included, as one blank."""
    return re.sub(r"[ \t\r\n]+", " ", text).strip(" ")


def decoded(body):
    """A body as text. What decode_header() refuses stays as it is written."""
    try:
        parts = email.header.decode_header(body)
    except email.errors.HeaderParseError:
        parts = [(body, None)]
    return folded("".join(as_text(part, charset) for part, charset in parts))


def as_text(part, charset):
    if charset is not None:
        try:
            return part.decode(charset, "replace")
        except LookupError:
            return part.decode("ascii", "replace")
    if isinstance(part, bytes):
        part = part.decode("raw-unicode-escape")
    # As the newer policies do with bytes that nothing declares (email.utils._sanitize).
    return part.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
