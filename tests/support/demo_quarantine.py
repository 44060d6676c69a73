"""The quarantine of samples/demo: a night in which one account of a hoster sends most of the spam.

Always the same messages, dated yesterday and today. Names are made up, under example domains.
"""

import datetime
import email.utils
import random
import string

OUTGOING, INCOMING = "Caught (Outgoing)", "Caught"

# Where it came from, how the customer's server says so, messages of yesterday, first and last hour.
SENDERS = [
    ("bluefern", "php", 251, (1, 24)),
    ("info@nordtrad.example", "login", 52, (0, 7)),
    ("shop@casaverde.example", "panel", 24, (9, 18)),
    ("lakeside.example", "vhost", 15, (3, 22)),
    ("198.51.100.5", "nothing", 11, (0, 24)),
    ("sales@garden.example", "panel", 9, (8, 12)),
    ("office@harbour.example", "login", 7, (7, 19)),
    ("newsletter@citrus.example", "panel", 6, (10, 11)),
    ("marta@atelier.example", "login", 4, (20, 23)),
    ("kontor@fjordhus.example", "login", 3, (6, 16)),
    ("oldforum", "php", 3, (12, 15)),
    ("contact@velo.example", "panel", 2, (13, 17)),
    ("info@bakery.example", "login", 2, (5, 9)),
    ("team@orchard.example", "panel", 1, (14, 15)),
    ("post@skisenter.example", "login", 1, (18, 19)),
]
BOUNCES = 26
TODAY = {"bluefern": 40, "info@nordtrad.example": 3, "sales@garden.example": 1}
INCOMING_MESSAGES = 12

SERVERS = ("srv01.shared.example", "srv02.shared.example", "mail.hosting.example")
SCRIPTS = {"bluefern": "bluefern.example/wp-content/plugins/mailer/x.php",
           "oldforum": "oldforum.example/phpbb/cron.php"}
SUBJECTS = {
    "bluefern": ("Your account has been limited", "Unusual sign-in from a new device",
                 "Action required: confirm your billing details"),
    "info@nordtrad.example": ("Invoice 2026-4471", "Re: outstanding invoice", "Payment advice"),
    "shop@casaverde.example": ("Autumn sale: 30 % off terracotta",),
    "lakeside.example": ("Order #99812 confirmed", "Order #99813 confirmed"),
}
OTHER_SUBJECTS = ("Hello", "Newsletter", "Re: your question", "Offer", "Fwd: minutes of the meeting")


class Maker:
    """Makes messages; the same ones every time."""

    def __init__(self):
        self._random = random.Random(12)

    def _token(self, n):
        return "".join(self._random.choice(string.ascii_letters + string.digits) for _ in range(n))

    def _bot(self):
        """An address of many."""
        return (f"{self._random.choice(['192.0.2', '198.51.100', '203.0.113'])}."
                f"{self._random.randrange(20, 250)}")

    def _origin(self, who, kind, when, server):
        """The lines by which the customer's server tells who it was, and the envelope sender."""
        date = email.utils.format_datetime(when)
        if kind == "php":
            site = SCRIPTS[who].partition("/")[0]
            return [f"Received: from {who} by {server} with local (Exim 4.98.1)",
                    f"\t(envelope-from <{who}@{server}>) id 1{self._token(15)}; {date}",
                    f"X-PHP-Script: {SCRIPTS[who]} for {self._bot()}",
                    f"X-PHP-Originating-Script: 1042:{SCRIPTS[who].rpartition('/')[2]}",
                    f"X-AuthUser: {who}",
                    f"X-Get-Message-Sender-Via: {server}: authenticated_id: {who}/only user "
                    "confirmed/virtual account not confirmed",
                    f"X-Authenticated-Sender: {server}: {who}"], f"service@{site}"
        if kind == "login":
            return [f"Received: from client.isp.example (unknown [{self._bot()}])",
                    f"\t(Authenticated sender: {who})",
                    f"\tby {server} (Postfix) with ESMTPSA id {self._token(10)}; {date}"], who
        if kind == "panel":
            return [f"Received: from pc.isp.example ([203.0.113.{len(who)}] helo=PC)",
                    f"\tby {server} with esmtpsa (Exim 4.98.1)",
                    f"\tid 1{self._token(15)}; {date}",
                    f"X-AuthUser: {who}",
                    f"X-Authenticated-Sender: {server}: {who}"], who
        if kind == "vhost":
            return [f"Received: by {server} (Postfix, from userid 10188)",
                    f"\tid {self._token(10)}; {date}",
                    "X-PHP-Originating-Script: 10188:PHPMailer.php",
                    f"X-PPP-Vhost: {who}"], f"orders@{who}"
        return [], "x@example.net"

    def message(self, who, kind, when):
        """One message that left by the server of this customer."""
        server = SERVERS[sum(who.encode()) % len(SERVERS)]
        address = who if kind == "nothing" else f"192.0.2.{10 + SERVERS.index(server)}"
        origin, sender = self._origin(who, kind, when, server)
        to = f"{self._token(6).lower()}@{self._random.choice(['mailbox', 'victim'])}.example"
        subject = self._random.choice(SUBJECTS.get(who, OTHER_SUBJECTS))
        kind_of_mail = "phish" if who == "bluefern" else "spam"
        lines = [
            f"Received: from {server} ([{address}])" if kind != "nothing"
            else f"Received: from {address} ([{address}])",
            "\tby filter3.mailfilter.example with esmtps (TLS1.3)",
            f"\t(envelope-from <{sender}>) id 1{self._token(15)}",
            f"\tfor {to}; {email.utils.format_datetime(when)}",
            *origin,
            f"From: <{sender}>",
            f"To: <{to}>",
            f"Subject: {subject}",
            f"Date: {email.utils.format_datetime(when)}",
            f"Message-ID: <{self._token(20)}@{server}>",
            f"X-SpamExperts-Domain: {server}",
            f"X-SpamExperts-Username: {address}",
            f"X-SpamExperts-Outgoing-Class: {kind_of_mail}",
            f"X-SpamExperts-Outgoing-Evidence: Combined ({self._random.uniform(0.9, 1):.2f})",
        ]
        return ("\r\n".join(lines) + "\r\n\r\nA message of the demonstration.\r\n").encode()

    def bounce(self, when):
        """What a server says about mail that could not be delivered."""
        server = self._random.choice(SERVERS)
        lines = [
            f"Received: from {server} ([192.0.2.{10 + SERVERS.index(server)}])",
            "\tby filter3.mailfilter.example with esmtps (TLS1.3)",
            f"\t(envelope-from <>) id 1{self._token(15)}; {email.utils.format_datetime(when)}",
            f"From: Mail Delivery System <MAILER-DAEMON@{server}>",
            f"To: <{self._token(6).lower()}@victim.example>",
            "Subject: Undelivered Mail Returned to Sender",
            f"Date: {email.utils.format_datetime(when)}",
            f"X-SpamExperts-Domain: {server}",
            "X-SpamExperts-Outgoing-Class: unsure",
            "X-SpamExperts-Outgoing-Evidence: Combined (0.61)",
        ]
        return ("\r\n".join(lines) + "\r\n\r\nIt came back.\r\n").encode()

    def incoming(self, when):
        """What somebody sent to a customer of the hoster."""
        lines = [
            f"Received: from mta.promo.example ([{self._bot()}])",
            f"\tby filter3.mailfilter.example with esmtps; {email.utils.format_datetime(when)}",
            "From: Offers <offers@promo.example>",
            "To: <info@bakery.example>",
            "Subject: You have won",
            f"Date: {email.utils.format_datetime(when)}",
            "X-SpamExperts-Class: spam",
            "X-SpamExperts-Evidence: Combined (0.98)",
        ]
        return ("\r\n".join(lines) + "\r\n\r\nYou have not.\r\n").encode()

    def times(self, day, hours, count):
        """So many times of a day between two hours, as local times."""
        first, last = hours
        seconds = sorted(self._random.randrange(first * 3600, last * 3600) for _ in range(count))
        return [datetime.datetime.combine(day, datetime.time()) + datetime.timedelta(seconds=second)
                for second in seconds]


def messages(now):
    """[(time, folder, message)] in the order of their times, none later than now.

    now: a datetime of the system's zone.
    """
    maker = Maker()
    made = []
    yesterday = now.date() - datetime.timedelta(days=1)

    def add(day, hours, count, folder, make):
        for when in maker.times(day, hours, count):
            made.append((when, folder, make(when.astimezone())))

    for who, kind, count, hours in SENDERS:
        add(yesterday, hours, count, OUTGOING, lambda when, w=who, k=kind: maker.message(w, k, when))
        add(now.date(), (0, 24), TODAY.get(who, 0), OUTGOING,
            lambda when, w=who, k=kind: maker.message(w, k, when))
    add(yesterday, (0, 24), BOUNCES, OUTGOING, maker.bounce)
    add(yesterday, (0, 24), INCOMING_MESSAGES, INCOMING, maker.incoming)
    made.sort(key=lambda one: one[0])
    return [one for one in made if one[0] <= now]


def load(quarantine, now):
    """Delivers them all."""
    for when, folder, raw in messages(now):
        quarantine.deliver(folder, raw, when)
