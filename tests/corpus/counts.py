"""How many messages have what in their Received fields: a count of our own, beside the program's.

It shares nothing with the program, nor with python's email package: fields are cut out of the bytes.
"""

import collections
import dataclasses
import re

NEVER = rb"(?!)"


@dataclasses.dataclass(frozen=True)
class Form:
    """One way to state something in a Received field.

    census: how many messages of the SpamAssassin corpus have it, as counted before there was the
        program; None: not counted. plain: what was counted. variants: what the program is to read
        besides.
    rule: the program's, for the column. value: what it shows; "": depends on the message.
    """
    name: str
    census: int | None
    plain: bytes
    variants: bytes
    column: str
    rule: str
    value: str = ""

    def is_in(self, bodies):
        return has(bodies, self.plain) or has(bodies, self.variants)


FORMS = (
    Form("qmail, by uid", 346, rb"^\(qmail \d+ invoked by uid \d+\)", NEVER,
         "Qmail UID", "qmail-uid"),
    Form("qmail, from network", 461, rb"^\(qmail \d+ invoked from network\)",
         rb"^\(qmail \d+ messnum \d+ invoked from network\[[^]]*\]\)",
         "Invoked for", "qmail-mode", "network"),
    Form("qmail, by alias", 23, rb"^\(qmail \d+ invoked by alias\)",
         rb"^\(qmail\+freegate \d+ invoked by alias\)", "Invoked for", "qmail-mode", "alias"),
    Form("qmail, for bounce", 1, rb"^\(qmail \d+ invoked for bounce\)", NEVER,
         "Invoked for", "qmail-mode", "bounce"),
    # Postfix puts its mail_name there, which is a setting (pickup.c).
    Form("Postfix, from userid", 485, rb"\(Postfix, from userid \d+\)",
         rb"^by \S+ \([^()]+, from userid \d+\)", "Qmail UID", "postfix-userid"),
    # A program that speaks SMTP to Exim has a HELO; another brand of Exim has another name.
    Form("Exim, with local", 116, rb"^from \S+ by \S+ with local \(Exim\b",
         rb"^from \S+ (?:\(helo=\S+\) )?by \S+ with local(?:-e?smtp)? \(",
         "Auth-User", "exim-local-user"),
    Form("sendmail, from localhost", 742, rb"^\(from \S+@localhost\)", NEVER,
         "Auth-User", "sendmail-local-user"),
    # SquirrelMail 15, Courier 6, CommuniGate 2.
    Form("a comment with a login", 23,
         rb"\((?:SquirrelMail authenticated user [^)]+|AUTH: \S+ \S+"
         rb"|account \S+ (?:\[[0-9.]+\] verified|HELO \S+))\)", NEVER,
         "Auth-User", "received-login"),
    # The census of this one counted lines, and cookies of ident among them. Without HELO it may be
    # the line of another server: sendmail writes (IDENT-ANSWER@[IP]), which is no login.
    Form("qmail-smtpd, login@IP", None,
         rb"^from \S+ \(HELO [^)]*\) \((?!\?)[^()\s]+@\[?[0-9.]+\]?(?: with \w+)?\) ",
         rb"^from \S+ \((?!\?)[^()\s]+@\[?[0-9.]+\]?\) by \S+ (?!\([^()]*\d\.\d+\.\d+/)",
         "Auth-User", "qmail-smtpd-login"),
)

# below: the messages where another value of the column stands in a line further up.
FORM_COLUMNS = ("form", "census", "plain", "with variants", "below", "program", "column filled by")
RULE_COLUMNS = ("column", "rule", "messages")


def received(message):
    """The unfolded bodies of the Received fields."""
    header = re.split(rb"\n\r?\n", message, maxsplit=1)[0]
    lines = re.sub(rb"\r?\n[ \t]+", b" ", header).split(b"\n")
    return [line[9:].strip() for line in lines if line[:9].lower() == b"received:"]


def has(bodies, pattern):
    return any(re.search(pattern, body) for body in bodies)


def is_below(form, bodies):
    """True when the uppermost line that fills the column of a form with values is another's."""
    rivals = [other for other in FORMS if form.value and other.rule == form.rule]
    uppermost = next((body for body in bodies if any(rival.is_in([body]) for rival in rivals)),
                     None)
    return uppermost is not None and not form.is_in([uppermost])


def form_rows(messages, explained, cells):
    """(rows of FORM_COLUMNS, {form: messages where the program sees it otherwise than we do}).

    messages: {name: bytes}; explained: an Explained; cells: {name: {column: value}} of the report.
    """
    bodies = {name: received(message) for name, message in messages.items()}
    rows, odd = [], {}
    for form in FORMS:
        plain = sum(has(found, form.plain) for found in bodies.values())
        ours = {name for name, found in bodies.items() if form.is_in(found)}
        below = {name for name in ours if is_below(form, bodies[name])}
        theirs = {name for name in explained.stated[form.rule]
                  if form.value in ("", cells[name][form.column])}
        winners = collections.Counter(explained.rules[name][form.column] for name in theirs)
        rows.append((form.name, form.census or "-", plain, len(ours), len(below), len(theirs),
                     ", ".join(f"{rule} {count}" for rule, count in
                               sorted(winners.items(), key=lambda one: (-one[1], one[0])))))
        odd[form.name] = sorted((ours - below) ^ theirs)
    return rows, odd


class Explained:
    """What --explain says (src/evidence/explain.h).

    rules: {message: {column: rule that filled it}}; stated: {rule: messages where it filled a
    column, or would have done so but for another}.
    """

    _MESSAGE = re.compile(r"\d+: UID (\d+), ")
    _RULE = re.compile(r'  (?:  also|(\S[^:]*)): (?:"(?:[^"]|"")*"|[^;"]*); ([a-z0-9-]+); ')

    def __init__(self, output, names):
        """names: the message of each UID, from 1 on."""
        self.rules = {}
        self.stated = collections.defaultdict(set)
        name = None
        for line in output.split("\n"):
            if message := self._MESSAGE.match(line):
                name = names[int(message[1]) - 1]
                self.rules[name] = {}
            elif rule := self._RULE.match(line):
                if rule[1]:
                    self.rules[name][rule[1]] = rule[2]
                self.stated[rule[2]].add(name)

    def rule_rows(self):
        """Rows of RULE_COLUMNS: how many messages' columns a rule filled."""
        tally = collections.Counter(
            item for rules in self.rules.values() for item in rules.items())
        return [(*item, count) for item, count in sorted(tally.items())]
