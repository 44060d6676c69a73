"""Grouped reports, counted once more: from the rows of the messages alone, in plain python.

    rows = grouped(messages, ["Identity"], top=3)

Messages are dicts by column title, in the order of the report, not guarded against formulas.
What must be the same is written down in columns.md and the manual (GROUPS).
"""

import datetime
import ipaddress
import re

NO_IDENTITY, NONE = "(no identity)", "(none)"

FRONT = ["Count", "Percent"]
BACK = ["First seen", "Last seen", "Recipients", "Source IPs", "Subjects", "Top PHP script",
        "Top PHP script percent", "Top source IP", "Top source IP percent", "Sample subject",
        "Sample UID", "Identity kind", "Login IPs", "Callers"]

IDENTITY_REPORT = ["Authentication Domain", "Authentication User", "User Identification",
                   "Spam Count", "Invalid Sender Count"]

# Bytes of a text that a row shows.
TEXT_MAX = 512

# Columns that hold addresses, logins and hosts.
ADDRESSES = {"From", "To", "Reply-To", "IP/Username", "Auth.sender", "Auth-User", "Auth-Email",
             "Domain", "Source IP", "Return-Path", "PHP script IP", "Vhost", "Host",
             "Sender domain", "Login IP"}


def header(columns):
    return [*FRONT, *columns, *BACK]


def grouped_part(column, value):
    """What of a value is grouped: a script without its callers, the first of the callers."""
    if column == "PHP script":
        match = re.fullmatch(r"(.*)(?: for | REMOTE_ADDR:) *([^, ]+).*", value)
        return match[1] if match and is_address(match[2]) else value
    return value.partition(",")[0].strip() if column == "PHP script IP" else value


def is_address(text):
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def folded(column, value):
    """The value as it is compared: case does not count in addresses and hosts, but in paths."""
    value = grouped_part(column, value)
    if column in ADDRESSES:
        return ascii_lower(value)
    host, slash, path = value.partition("/")
    if column == "Identity" or (column == "PHP script" and slash):
        return ascii_lower(host) + slash + path
    return value


def ascii_lower(text):
    return re.sub("[A-Z]+", lambda match: match[0].lower(), text)


def cut(text):
    raw = text.encode()
    return text if len(raw) <= TEXT_MAX else raw[:TEXT_MAX].decode("utf-8", "ignore") + "…"


def percent(part, whole):
    """With one decimal, a half rounded up."""
    tenths = (2000 * part + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10}"


def recipients(to):
    """The different addresses in a To column. A list of names alone is one, an empty one none."""
    bare = re.sub(r'"(?:\\.|[^"\\])*"|\([^()]*\)', "", to)
    items = [re.sub(r"^[^<@:]*:", "", item).strip() for item in re.split("[,;]", bare)]
    found = {ascii_lower(match[1]) for item in items
             if (match := re.search(r"<([^<>]*@[^<>]*)>", item) or
                 re.search(r"([^\s<>]+@[^\s<>]+)", item))}
    return found or ({ascii_lower(to)} if any(items) else set())


def values(messages, column):
    """The values of a column that are not empty, as they are compared."""
    return [folded(column, message[column]) for message in messages if message[column]]


def top_value(messages, column):
    """(the most frequent value as it is compared, how many percent): the first to get there."""
    counts, best = {}, ""
    for value in values(messages, column):
        counts[value] = counts.get(value, 0) + 1
        if best == "" or counts[value] > counts[best]:
            best = value
    return (best, percent(counts[best], len(messages))) if best else ("", "")


def seen(messages):
    dates = sorted((message["Date"] for message in messages if message["Date"]),
                   key=datetime.datetime.fromisoformat)
    return [dates[0], dates[-1]] if dates else ["", ""]


def sets_of(messages, columns):
    """The messages by group, ranked: [[message, ...], ...]."""
    groups = {}
    for message in messages:
        key = tuple(folded(column, message[column]) for column in columns)
        groups.setdefault(key, []).append(message)
    return sorted(groups.values(), key=lambda group: (
        -len(group), [cut(grouped_part(column, group[0][column])).encode() for column in columns]))


def shown(column, value):
    return cut(value) if value else NO_IDENTITY if column == "Identity" else NONE


def row_of(group, columns, total):
    script, script_percent = top_value(group, "PHP script")
    source_ip, source_ip_percent = top_value(group, "Source IP")
    kinds = set(values(group, "Identity kind"))
    sample = next((message for message in group if message["Subject"]), group[0])
    return [str(len(group)), percent(len(group), total),
            *(shown(column, grouped_part(column, group[0][column])) for column in columns), *seen(group),
            str(len(set().union(*(recipients(message["To"]) for message in group)))),
            str(len(set(values(group, "Source IP")))), str(len(set(values(group, "Subject")))),
            cut(script), script_percent, cut(source_ip), source_ip_percent,
            cut(sample["Subject"]), sample["UID"],
            "mixed" if len(kinds) > 1 else "".join(kinds),
            str(len(set(values(group, "Login IP")))), str(len(set(values(group, "PHP script IP"))))]


def row_of_others(groups, columns, total):
    messages = [message for group in groups for message in group]
    return [str(len(messages)), percent(len(messages), total), f"({len(groups)} others)",
            *[""] * (len(columns) - 1), *seen(messages), *[""] * (len(BACK) - 2)]


def grouped(messages, columns, top=0, min_count=0):
    """The rows of the report, without the header row; the top script and address are folded()."""
    groups = sets_of(messages, columns)
    kept = [group for group in groups if len(group) >= min_count][:top or None]
    rows = [row_of(group, columns, len(messages)) for group in kept]
    if len(kept) < len(groups):
        rows.append(row_of_others(groups[len(kept):], columns, len(messages)))
    return rows
