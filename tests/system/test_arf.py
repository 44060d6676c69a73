"""Reports of abuse (ARF) as they come in: the filter's own, other reporters', broken and forged ones."""

import base64
import datetime
import json
import mailbox
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402

DATA, NOINPUT = 65, 66

# The id of a message, which says its second, and that of the report, half a minute later.
ID = "1ZMXvl-000B9p-HH"
SECOND = "2015-08-04T08:50:41+00:00"
ARRIVAL = "Tue, 04 Aug 2015 08:51:18 -0000"

RECEIVED = ("Received: from server.example.com ([192.0.2.10])\r\n"
            "\tby filter.example.org with esmtpsa (Exim 4.85)\r\n"
            "\t(envelope-from <bob@example.com>)\r\n"
            f"\tid {ID}\r\n"
            "\tfor carol@example.net; Tue, 04 Aug 2015 10:50:41 +0200\r\n")
OWN = ("From: Bob <bob@example.com>\r\nTo: carol@example.net\r\nSubject: Buy now\r\n"
       "Message-ID: <1@example.com>\r\n")


def block(user="192.0.2.10", domain="example.com", brand="SpamExperts"):
    """What the filter writes behind the sender's fields."""
    return (f"X-Report-Abuse-To: spam@filter.example.org\r\nX-Originating-IP: 192.0.2.10\r\n"
            f"X-{brand}-Domain: {domain}\r\nX-{brand}-Username: {user}\r\n"
            "Authentication-Results: filter.example.org;\r\n"
            f"\tauth=pass smtp.auth={user}@{domain}\r\n"
            f"X-{brand}-Outgoing-Class: spam\r\nX-{brand}-Outgoing-Evidence: Combined (0.98)\r\n")


def fields(user="192.0.2.10", domain="example.com", **changes):
    """Part 2 as the filter writes it; a change of None leaves a field out."""
    values = {
        "User-Agent": "SpamExperts/88068", "Version": "1", "Original-Envelope-Id": ID,
        "Original-Mail-From": "bob@example.com", "Arrival-Date": ARRIVAL,
        "Source-IP": "192.0.2.10", "Original-Rcpt-To": "<carol@example.net>",
        "Authentication-Results": f"filter.example.org; auth=pass smtp.auth={user}@{domain}",
        "Feedback-Type": "abuse",
    }
    values.update({name.replace("_", "-"): value for name, value in changes.items()})
    return "\r\n".join(f"{name}: {value}" for name, value in values.items() if value is not None)


HEAD = ("Received: from root by filter.example.org with local-spamexperts-generated (Exim 4.85)\r\n"
        "\tid 1ZMXwU-000BAa-00; Tue, 04 Aug 2015 10:51:18 +0200\r\n"
        "From: admin@filter.example.org\r\nTo: abuse@example.com\r\nSubject: Buy now\r\n"
        "Date: Tue, 04 Aug 2015 08:51:18 -0000\r\nMIME-Version: 1.0\r\n")
TEXT = ("Content-Type: text/plain; charset=\"us-ascii\"\r\n\r\n"
        "This is an RFC 5965 report: 'x@wrong.example'\r\n")


def message(part2, part3, head=HEAD, top='multipart/report; report-type="feedback-report"',
            boundary="===============1==", text=TEXT, end=True,
            type2="message/feedback-report", type3="message/rfc822"):
    """A report as the filter sends it: no line end behind part 2."""
    parts = [text]
    if part2 is not None:
        parts.append(f"Content-Type: {type2}\r\nMIME-Version: 1.0\r\n\r\n{part2}")
    if part3 is not None:
        parts.append(f"Content-Type: {type3}\r\nContent-Disposition: inline\r\n\r\n{part3}")
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return (f'{head}Content-Type: {top};\r\n\tboundary="{boundary}"\r\n\r\npreamble\r\n'
            f"{body}{f'--{boundary}--' + chr(13) + chr(10) if end else ''}")


def vendor(user="192.0.2.10", domain="example.com", own=OWN, body="Buy!\r\n", more="", **changes):
    return message(fields(user, domain, **changes),
                   RECEIVED + own + more + block(user, domain) + "\r\n" + body)


OTHER = ("Received: from mail.example.com (mail.example.com [192.0.2.10])\r\n"
         "\tby mx.isp.example with ESMTP id abc; Thu, 14 Dec 2023 16:16:15 +0000\r\n" + OWN)


def other(part2, part3=OTHER + "\r\nBuy!\r\n", **how):
    """A report of some other reporter."""
    return message(part2, part3, head="From: fbl@isp.example\r\nTo: abuse@example.com\r\n"
                   "Subject: FW: Buy now\r\nDate: Thu, 14 Dec 2023 17:20:00 +0000\r\n", **how)


RFC_1 = "Feedback-Type: abuse\r\nUser-Agent: SomeGenerator/1.0\r\nVersion: 1\r\n\r\n"
RFC_2 = ("Feedback-Type: abuse\r\nUser-Agent: SomeGenerator/1.0\r\nVersion: 1\r\n"
         "Original-Mail-From: <somespammer@example.net>\r\n"
         "Original-Rcpt-To: <user@example.com>\r\n"
         "Arrival-Date: Thu, 8 Mar 2005 14:00:00 EDT\r\n"
         "Reporting-MTA: dns; mail.example.com\r\nSource-IP: 192.0.2.1\r\n"
         "Authentication-Results: mail.example.com;\r\n  spf=fail smtp.mail=somespammer@example.com\r\n"
         "Reported-Domain: example.net\r\nReported-Uri: http://example.net/earn_money.html\r\n"
         "Reported-Uri: mailto:user@example.com\r\nRemoval-Recipient: user@example.com\r\n\r\n")
YAHOO = ("Feedback-Type: abuse\r\nUser-Agent: Yahoo!-Mail-Feedback/1.0\r\nVersion: 0.1\r\n"
         "Original-Mail-From: <bob@example.com>\r\nOriginal-Rcpt-To: cb4a01a4@example.org\r\n"
         "Received-Date: Thu, 29 Apr 2009 00:00:00 -0000 (EST)\r\n"
         "Source-IP: 192.0.2.5\r\n\r\n")
VENDOR = {"identity": "192.0.2.10", "ip_username": "192.0.2.10", "domain": "example.com",
          "source_ip": "192.0.2.10", "date": SECOND, "feedback_type": "abuse",
          "reporter": "admin@filter.example.org", "envelope_id": ID,
          "host": "filter.example.org", "class": "spam", "evidence": "Combined (0.98)",
          "from": "Bob <bob@example.com>", "to": "carol@example.net", "subject": "Buy now",
          "return_path": "bob@example.com", "notes": ""}
CLAIM = "the message claims another filter account"
WEAK = "identity is the envelope sender, which anybody can write"
NO_MESSAGE = "report without the message"


def but(base, **changes):
    return {**base, **changes}


def two(a, b):
    """A message in a multipart/mixed."""
    return a.replace('multipart/report; report-type="feedback-report"', b)


# The test set of the format: what comes, the columns, and why.
ROWS = [
    ("1 the filter's own form", vendor(), VENDOR),
    ("2 a user that is an IPv6 address",
     vendor("2001:db8:0:19b0:0:0:0:122", Source_IP="2001:db8:0:19b0:0:0:0:122"),
     but(VENDOR, ip_username="2001:db8:0:19b0:0:0:0:122", identity="2001:db8:0:19b0:0:0:0:122",
         source_ip="2001:db8:0:19b0:0:0:0:122")),
    ("3 no user: all of a domain", vendor(""),
     but(VENDOR, ip_username="@example.com", identity="@example.com")),
    ("4 a user with @", vendor("bob@corp.example"),
     but(VENDOR, ip_username="bob@corp.example", identity="bob@corp.example")),
    ("5 the RFC's first example", other(RFC_1),
     {"identity": "192.0.2.10", "source_ip": "192.0.2.10", "date": "2023-12-14T16:16:15+00:00",
      "reporter": "fbl@isp.example", "notes": ""}),
    ("6 the RFC's second example",
     other(RFC_2, "From: <somespammer@example.net>\r\nReceived: from mailserver.example.net\r\n"
           "\t(mailserver.example.net [192.0.2.1]) by example.com with ESMTP id M63d4137594e46;\r\n"
           "\tThu, 08 Mar 2005 14:00:00 -0400\r\n\r\nTo: <Undisclosed Recipients>\r\n"
           "Subject: Earn money\r\n"),
     {"identity": "somespammer@example.net", "date": "2005-03-08T18:00:00+00:00",
      "source_ip": "192.0.2.1", "subject": "", "host": "mail.example.com", "notes": WEAK}),
    ("7 an mbox line before the message",
     other(YAHOO, '>From "bob@example.com" Tue Apr 28 20:00:00 2009\r\n' + OTHER + "\r\n"),
     {"identity": "bob@example.com", "source_ip": "192.0.2.5", "subject": "Buy now",
      "date": "2009-04-29T00:00:00+00:00", "notes": WEAK}),
    ("7 an mbox line and an empty one before the message",
     other(YAHOO, '>From "bob@example.com" Tue Apr 28 20:00:00 2009\r\n\r\n' + OTHER + "\r\n"),
     {"identity": "bob@example.com", "source_ip": "192.0.2.5", "subject": "Buy now",
      "date": "2009-04-29T00:00:00+00:00", "notes": WEAK}),
    ("8 headers only", message(fields(), RECEIVED + OWN + block(), type3="text/rfc822-headers"),
     VENDOR),
    ("9 base64 in multipart/mixed",
     message(base64.b64encode(fields().encode()).decode(), RECEIVED + OWN + block() + "\r\n",
             top="multipart/mixed",
             type2='message/feedback-report; name="ATT00001"\r\nContent-Transfer-Encoding: base64'),
     VENDOR),
    ("10 two addresses", vendor(Source_IP="192.0.2.10\r\nSource-IP: 192.0.2.99"),
     but(VENDOR, notes="contradictory report")),
    ("11 two dates", vendor(Arrival_Date=ARRIVAL + "\r\nReceived-Date: Tue, 04 Aug 2015 01:00:00 +0000"),
     but(VENDOR, notes="report with two dates")),
    ("13 no closing boundary",
     message(fields(), RECEIVED + OWN + block() + "\r\nBuy!", end=False), VENDOR),
    ("14 a report inside the message", vendor(body=vendor("evil", "wrong.example")), VENDOR),
    ("17 a field of 1 MiB", vendor(X_Long="x" * (1024 * 1024)),
     but(VENDOR, notes="report truncated")),
    ("18 NUL and bare CR", vendor(Original_Mail_From="bob@ex\0ample.com\rSource-IP: 203.0.113.1"),
     but(VENDOR, return_path="bob@ex ample.com Source-IP: 203.0.113.1")),
    ("19 forged lines above the filter's",
     vendor("bob", more="X-SpamExperts-Domain: victim.example\r\n"
            "X-SpamExperts-Username: victim\r\nX-SpamExperts-Outgoing-Class: spam\r\n"),
     but(VENDOR, ip_username="bob", identity="bob@example.com", notes=CLAIM)),
    ("19b forged lines, and the filter's are not there",
     message(fields("bob"), RECEIVED + OWN + block("victim", "victim.example") + "\r\n"),
     but(VENDOR, ip_username="bob", identity="bob@example.com", notes=CLAIM)),
    ("22 a boundary that another begins with",
     message(fields(), RECEIVED + OWN + block() + "Content-Type: multipart/mixed;\r\n"
             '\tboundary="bbb"\r\n\r\n--bbb\r\n\r\n--bb-x\r\nBuy\r\n--bbb--\r\n', boundary="bb"),
     VENDOR),
    ("23 UTF-8 in part 2", vendor(Original_Rcpt_To="<käthe@example.net>"), VENDOR),
    ("24 no address in Source-IP", vendor(Source_IP="x.x.x.x"), VENDOR),
]


OLD_COMPLAINT = (
    "From: staff@hotmail.example\r\nX-HmXmrOriginalRecipient: <cb4a01a4@hotmail.example>\r\n"
    "Date: Thu, 14 Dec 2023 17:20:00 +0000\r\nSubject: complaint about message from 192.0.2.5\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    f"Content-Type: message/rfc822\r\n\r\nX-AuthUser: bob@example.com\r\n{OTHER}\r\nBuy!\r\n--b--\r\n")
OLD = {"identity": "bob@example.com", "source_ip": "192.0.2.5", "feedback_type": "abuse",
       "to": "carol@example.net", "date": "2023-12-14T16:16:15+00:00",
       "notes": "complaint of an old form, no report"}

# What reporters do (the numbers are those of the list of deviations).
DEVIATIONS = [
    (1, message(fields(), None, end=False)[:-2],
     but({}, identity="192.0.2.10", feedback_type="abuse", notes=NO_MESSAGE)),
    (2, vendor(Version="0.1"), VENDOR),
    (3, other(RFC_1[:-2] + "Received-Date: Thu, 14 Dec 2023 17:16:15 +0100\r\n"),
     {"date": "2023-12-14T16:16:15+00:00", "notes": ""}),
    (4, other(RFC_1[:-2] + "Arrival-Date: Tue, 02 Jan 26 23:45:00 PST\r\n"),
     {"date": "2026-01-03T07:45:00+00:00"}),
    (4, other(RFC_1[:-2] + "Arrival-Date: some day\r\n"), {"date": "2023-12-14T16:16:15+00:00"}),
    (4, other(RFC_1[:-2] + "Arrival-Date: Tue, 02 Jan 2990 23:45:00 +0000\r\n"),
     {"date": "2023-12-14T16:16:15+00:00"}),
    (5, vendor(Original_Mail_From="<>"), but(VENDOR, return_path="<>")),
    (5, vendor(Original_Mail_From=""), but(VENDOR, return_path="")),
    (6, vendor(Original_Rcpt_To="redacted"), VENDOR),
    (6, message(fields(Original_Rcpt_To="cb4a01a4@example.org"),
                RECEIVED + "From: bob@example.com\r\n" + block() + "\r\n"),
     but(VENDOR, to="cb4a01a4@example.org", subject="", **{"from": "bob@example.com"})),
    (7, vendor(Original_Rcpt_To=None), VENDOR),
    (8, vendor(Source_IP=None), VENDOR),
    (9, vendor(Source_IP="192.0.2.5 (mx.example.com)"), but(VENDOR, source_ip="192.0.2.5")),
    (9, vendor(Source_IP="192.0.2.5, 192.0.2.6"), but(VENDOR, source_ip="192.0.2.5")),
    (9, vendor(Source_IP="IPv6:2001:db8::1"), but(VENDOR, source_ip="2001:db8::1")),
    (9, vendor(Source_IP="[192.0.2.5]"), but(VENDOR, source_ip="192.0.2.5")),
    (9, vendor(Source_IP=None, **{"source-ip": "192.0.2.5"}), but(VENDOR, source_ip="192.0.2.5")),
    (10, vendor(Arrival_Date=f"{ARRIVAL}\r\nArrival-Date: {ARRIVAL}"), VENDOR),
    (11, vendor(User_Agent=None), VENDOR),
    (12, vendor(Original_Rcpt_To="<a@example.net>\r\nOriginal-Rcpt-To: <b@example.net>"),
     but(VENDOR, notes="2 recipients")),
    (12, vendor(Original_Rcpt_To="<a@example.net>\r\nOriginal-Rcpt-To: <a@example.net>"), VENDOR),
    (12, message(fields(Original_Rcpt_To="<a@example.net>\r\nOriginal-Rcpt-To: <b@example.net>\r\n"
                        "Original-Rcpt-To: <c@example.net>"), RECEIVED + block()),
     but(VENDOR, to="<a@example.net>, <b@example.net>, <c@example.net>", subject="",
         notes="3 recipients", **{"from": ""})),
    (12, message(fields(Original_Rcpt_To="\r\nOriginal-Rcpt-To: ".join(
        f"<{i}@example.net>" for i in range(150))), RECEIVED + block()),
     but(VENDOR, to=", ".join(f"<{i}@example.net>" for i in range(100)) + ", \u2026", subject="",
         notes="150 recipients", **{"from": ""})),
    (12, message("".join(f"Original-Rcpt-To: <{i}@example.net>\r\n" for i in range(1200)),
                 RECEIVED + block()),
     {"identity": "192.0.2.10", "notes": "report truncated; at least 1000 recipients"}),
    (13, vendor(Feedback_Type="opt-out", Abuse_Type="complaint", Source="Example"),
     but(VENDOR, feedback_type="opt-out")),
    (14, vendor(Authentication_Results=""), VENDOR),
    (14, vendor(Authentication_Results="authentication result string is not available"), VENDOR),
    (15, vendor(Authentication_Results="filter.example.org\r\n  smtp.auth=192.0.2.10@example.com; auth=pass"),
     VENDOR),
    (15, vendor(Authentication_Results="filter.example.org; auth=pass (smtp.auth=a@wrong.example) "
                "smtp.auth=192.0.2.10@example.com"), VENDOR),
    (16, vendor(DKIM_Canonicalized_Body="abc\r\n" + " Source-IP: 203.0.113.9\r\n" * 60 + " end"),
     VENDOR),
    (17, message(fields(), RECEIVED + OWN + block(), type3="text/rfc822-headers"), VENDOR),
    (18, message(fields(), RECEIVED + OWN + block(), type3="text/rfc822-header"), VENDOR),
    (18, message(fields(), RECEIVED + OWN + block(), type3="message/rfc822-headers"), VENDOR),
    (19, message(fields(), RECEIVED + OWN + block() +
                 'Content-Type: multipart/alternative; boundary="x"\r\n'), VENDOR),
    (20, message(fields(), "\r\n\r\n" + RECEIVED + OWN + block() + "\r\n"), VENDOR),
    (21, message(fields(), None),
     but({}, identity="192.0.2.10", ip_username="192.0.2.10", domain="example.com",
         source_ip="192.0.2.10", date=SECOND, notes=NO_MESSAGE)),
    (22, message(fields(), RECEIVED + OWN + block() + "\r\n", top="multipart/report"), VENDOR),
    (23, message(fields().replace("=", "=3D").replace("192.0.2.10", "192.0.2.1=\r\n0"),
                 RECEIVED + OWN + block() + "\r\n", top="multipart/mixed",
                 type2="message/feedback-report\r\nContent-Transfer-Encoding: quoted-printable"),
     VENDOR),
    (24, message(fields(), RECEIVED + OWN + block(), type2="message/feedback-report; name=report"),
     VENDOR),
    (25, vendor().replace("\r\n", "\n"), VENDOR),
    (25, vendor().replace('"===============1=="', "===============1=="), VENDOR),
    (25, vendor().replace("--===============1==\r\n", "--===============1==  \t\r\n"), VENDOR),
    (25, vendor().replace('boundary="', 'boundary=\r\n\t"'), VENDOR),
    (26, message(fields(), RECEIVED + OWN + block(), text="Content-Type: text/html\r\n\r\n<p>\r\n"
                 "--===============1==\r\nContent-Type: image/png\r\n\r\nx\r\n"), VENDOR),
    (27, OLD_COMPLAINT, OLD),
    (27, OLD_COMPLAINT.replace("X-HmXmrOriginalRecipient: <cb4a01a4@hotmail.example>\r\n", ""), OLD),
    (27, OLD_COMPLAINT.replace("192.0.2.5", "your server"), but(OLD, source_ip="192.0.2.10")),
    (28, other("Feedback-Type: abuse\r\nUser-Agent: JMRP/1.0\r\nVersion: 1"),
     {"source_ip": "192.0.2.10", "feedback_type": "abuse"}),
    (29, other(RFC_1, "run together\r\n"), {"identity": "", "feedback_type": "abuse"}),
    (33, vendor(body=vendor("evil", "wrong.example")), VENDOR),
    (34, message(fields(), RECEIVED + OWN + block(), type2='message/feedback-report; name="x.eml"',
                 type3="message/rfc822"), VENDOR),
    (34, message(fields(), RECEIVED + OWN + block(), type3='message/rfc822; name="report.txt"'), VENDOR),
    (35, message(fields(), RECEIVED + "\r\n" + OWN + block()), 
     but(VENDOR, subject="", to="<carol@example.net>", **{"from": "", "evidence": ""})),
    (36, message(fields(Original_Rcpt_To="<redacted@example.org>"),
                 RECEIVED + "To: <redacted@example.org>\r\n" + block()),
     but(VENDOR, to="<redacted@example.org>", subject="", **{"from": ""})),
    (37, vendor(Attachment_Password="secret"), VENDOR),
    ("4.3 X-AuthUser of the customer's server", vendor(more="X-AuthUser: shop@example.com\r\n"),
     but(VENDOR, identity="shop@example.com", auth_user="shop@example.com")),
    ("4.3 no user's line of the filter, but its domain",
     vendor("").replace("X-SpamExperts-Username: \r\n", ""),
     but(VENDOR, ip_username="@example.com", identity="@example.com")),
    ("4.3 a login without a domain", vendor("bob", Authentication_Results="f.example; smtp.auth=bob"),
     but(VENDOR, ip_username="bob", identity="bob@example.com")),
    ("4.3 part 3's results of the same host",
     vendor(Authentication_Results="filter.example.org; none"), VENDOR),
]

TEXTS_OLD = vendor()

# What is no report, in the words of the summary.
NO_REPORTS = [
    ("12 part 2 is empty", message("", RECEIVED + OWN), "1 unreadable"),
    ("22 part 2 is not there", message(None, None), "1 unreadable"),
    ("15 the filter's DMARC mails",
     HEAD + 'Content-Type: multipart/report; boundary="b"\r\n\r\n--b\r\n'
     "Content-Type: text/plain\r\n\r\nSender Domain: example.com\r\nDMARC Results: fail\r\n"
     "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: a@example.com\r\n--b--\r\n",
     "1 report of another format"),
    ("16 auth-failure", vendor(Feedback_Type="auth-failure"), "1 of a failed authentication"),
    ("not-spam", vendor(Feedback_Type="not-spam"), "1 of a message that was no spam"),
    ("30 X-ARF", "X-ARF: yes\r\nFrom: a@example.com\r\nContent-Type: multipart/mixed;\r\n"
     ' boundary=b;\r\n\r\n--b\r\nContent-Type: text/plain; name="report.txt"\r\n\r\n'
     "Reported-From: a@example.com\r\n--b--\r\n", "1 report of another format"),
    ("27 a complaint without a message", "From: staff@hotmail.example\r\nSubject: complaint about "
     "message from 192.0.2.5\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n"
     "--b--\r\n", "1 no report of abuse"),
    ("27 a subject that somebody wrote", "From: a@example.com\r\nSubject: complaint about message from "
     f"nobody\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822"
     f"\r\n\r\n{OTHER}\r\n--b--\r\n", "1 no report of abuse"),
    ("31 a text", "From: a@example.com\r\nSubject: spam\r\n\r\n[ Offending message ]\r\n",
     "1 no report of abuse"),
    ("32 unsubscribe", "From: a@example.com\r\nX-Apple-Unsubscribe: true\r\n\r\n", "1 no report of abuse"),
    ("33 forwarded as a whole", "From: a@example.com\r\nContent-Type: multipart/mixed; boundary=bo\r\n"
     f"\r\n--bo\r\nContent-Type: message/rfc822\r\n\r\n{vendor()}\r\n--bo--\r\n",
     "1 report within another message"),
]


class Reports(runner.SystemTest):

    def save(self, name, data):
        path = self.directory / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def read(self, *arguments, status=0):
        """What --json has, and standard error."""
        result = self.run_program([*map(str, arguments), "--json=-", "--timezone=UTC", "-v"])
        self.assert_status(result, status)
        return [json.loads(line) for line in result.stdout.splitlines()], result.stderr.decode()

    def check(self, rows):
        for label, data, want in rows:
            with self.subTest(label):
                path = self.save("report.eml", data)
                # Some are told from other mail only by what is in them.
                got, error = self.read(path, "--input=arf")
                self.assertEqual(len(got), 1, error)
                self.assertEqual({key: got[0][key] for key in want if got[0][key] != want[key]},
                                 {key: want[key] for key in want if got[0][key] != want[key]})

    def test_forms(self):
        self.check(ROWS)

    def test_deviations(self):
        self.check(DEVIATIONS)

    def test_each_deviation_has_its_row(self):
        known = {label for label, *_ in DEVIATIONS if isinstance(label, int)}
        known |= {int(label.split()[0]) for label, *_ in NO_REPORTS if label[0].isdigit()}
        self.assertEqual(set(range(1, 38)) - known, set())

    def test_old_complaint_is_recognised(self):
        got, error = self.read(self.save("a.eml", OLD_COMPLAINT))
        self.assertEqual([(row["identity"], row["feedback_type"]) for row in got],
                         [("bob@example.com", "abuse")], error)

    def test_no_reports(self):
        for label, data, words in NO_REPORTS:
            with self.subTest(label):
                path = self.save("report.eml", data)
                unreadable = "unreadable" in words
                got, error = self.read(path, "--input=arf", status=DATA if unreadable else 0)
                self.assertEqual(got, [])
                self.assertIn(f", {words}", error)
                self.assertEqual("cannot be read" in error, unreadable, error)

    def test_recognised(self):
        """By the content, in each container; and not where the filter caught what says so."""
        texts = [vendor(), vendor(Original_Envelope_Id="1ZMXvl-000B9p-HI"), "From: a@example.com\n\nHi\n"]
        box = mailbox.mbox(self.directory / "reports")
        maildir = mailbox.Maildir(self.directory / "folder")
        for text in texts:
            box.add(text.replace("\r\n", "\n").encode())
            maildir.add(text.encode())
        box.close()
        for path in (self.save("one.eml", vendor()), self.directory / "reports",
                     self.directory / "folder"):
            with self.subTest(path):
                got, error = self.read(path)
                self.assertEqual(len(got), 1 if path.name == "one.eml" else 2, error)
                for row in got:
                    self.assertEqual((row["identity"], row["feedback_type"]),
                                     ("192.0.2.10", "abuse"))
                    self.assertEqual(row["rules"]["source_ip"], "report-source-ip")
                if path.name == "reports":
                    self.assertIn("1 no report of abuse", error)
        caught = self.save("caught.eml", vendor().replace("MIME-Version", block("mallory") +
                                                          "MIME-Version", 1))
        got, error = self.read(caught)
        self.assertEqual((got[0]["identity"], got[0]["feedback_type"]), ("mallory@example.com", ""))
        let = self.save("let.eml", vendor().replace("MIME-Version", "X-SpamExperts-Class: unsure\r\n"
                                                    "MIME-Version", 1))
        self.assertEqual(self.read(let)[0][0]["feedback_type"], "abuse")
        got, error = self.read(self.save("forced.eml", vendor()), "--input=eml")
        self.assertEqual((got[0]["from"], got[0]["feedback_type"]), ("admin@filter.example.org", ""))
        self.assertIn("1 of its messages are reports of abuse", error)

    def test_sent_on(self):
        """Its header is that of any mail: it is read as such, and standard error says what it is."""
        data = next(data for label, data, _ in ROWS if label == "9 base64 in multipart/mixed")
        got, error = self.read(self.save("a.eml", data))
        self.assertEqual([row["feedback_type"] for row in got], [""])
        self.assertIn("1 of its messages are reports of abuse about others: --input=arf", error)
        for other in (data.replace("message/feedback-report", "text/plain"),
                      data.replace("MIME-Version", block("mallory") + "MIME-Version", 1)):
            _, error = self.read(self.save("b.eml", other))
            self.assertNotIn("--input=arf", error)

    def test_once(self):
        """21: reports of one message count once, over all files; hosts have ids of their own."""
        first = self.save("a.eml", vendor())
        again = self.save("b.eml", vendor(body="other\r\n", Original_Rcpt_To="<d@example.net>"))
        far = self.save("c.eml", vendor().replace("filter.example.org", "filter.example.net"))
        got, error = self.read(first, again, far)
        self.assertEqual([row["host"] for row in got], ["filter.example.org", "filter.example.net"])
        self.assertIn("b.eml': 0 reports of abuse, 1 of a message told of before", error)

    def test_once_beside_the_message(self):
        """The message itself, as it lies in the quarantine, and its report; copies of it stay two."""
        lies = RECEIVED + OWN + block() + "\r\nBuy!\r\n"
        paths = [self.save("m.eml", lies), self.save("n.eml", lies.replace("carol@", "dave@")),
                 self.save("r.eml", vendor())]
        for files, count in ((paths, 2), (paths[::-1], 1), (paths[1:], 1), (paths[:2], 2)):
            got, _ = self.read(*files)
            self.assertEqual([row["identity"] for row in got], ["192.0.2.10"] * count, files)

    def test_auth_failures(self):
        path = self.save("a.eml", vendor(Feedback_Type="auth-failure"))
        got, _ = self.read(path, "--auth-failures")
        self.assertEqual([row["feedback_type"] for row in got], ["auth-failure"])

    def test_period(self):
        """The true time decides, not that of the report."""
        path = self.save("a.eml", vendor())
        for since, count in (("2015-08-04T08:50:41", 1), ("2015-08-04T08:50:42", 0)):
            got, error = self.read(path, f"--since={since}", "--until=2015-08-05")
            self.assertEqual(len(got), count, error)
        self.assertIn("1 of another time", error)

    def test_explained(self):
        path = self.save("a.eml", vendor("bob", more="X-SpamExperts-Username: victim\r\n"))
        result = self.run_program(["--explain", str(path), "--timezone=UTC"])
        self.assert_status(result, 0)
        text = result.stdout.decode()
        for line in (f"1: {SECOND}, {path}",
                     f"  Date: {SECOND}; Original-Envelope-Id of the report",
                     "  Source IP: 192.0.2.10; report-source-ip; 192.0.2.10",
                     "  Feedback type: abuse; report-feedback-type; abuse",
                     f"  Notes: {CLAIM}"):
            self.assertIn(line + "\n", text)
        self.assertIn("not used: X-SpamExperts-Username (1 of 2): victim", text)

    def test_harmless(self):
        """What a report says is as hostile as what a message says."""
        evil = "abuse\x1b[2J\u202e"
        path = self.save("a.eml", vendor(Feedback_Type=evil, Original_Envelope_Id="=1+1"))
        for options in (["--explain"], ["-d", "--columns=all"], ["--csv=-", "--columns=all"]):
            result = self.run_program([str(path), *options])
            self.assert_status(result, 0)
            self.assertNotIn(b"\x1b", result.stdout)
            if "--csv=-" not in options:
                self.assertNotIn("\u202e".encode(), result.stdout)
            self.assertFalse(re.search(rb'[,"]=1', result.stdout) and "--csv=-" in options)

    def test_parentheses(self):
        """None is closed: it is no work to see that, however many there are."""
        for text in ("(" * 60_000, '"' * 60_001, "(a" * 30_000):
            path = self.save("a.eml", vendor(Authentication_Results=text, own="Received: by b id "
                                             + text + "\r\n" + OWN))
            got, _ = self.read(path)
            self.assertEqual(got[0]["identity"], "192.0.2.10")

    def test_bounded(self):
        """run_program() asserts the memory; many parts, deep ones, and boundaries all the way."""
        deep = "".join(f'--b{i}\r\nContent-Type: multipart/mixed; boundary="b{i + 1}"\r\n\r\n'
                       for i in range(20_000))
        many = "--b0\r\n\r\n" * 400_000
        for body in (deep, many, "\n" * 3_000_000, "--b0" * 800_000,
                     '--b0\r\nContent-Type: a/b; x=' + "(" * 8000 + "\r\n\r\n" * 99):
            path = self.save("a.eml", HEAD + "Content-Type: multipart/report; "
                             'report-type=feedback-report; boundary="b0"\r\n\r\n' + body)
            _, error = self.read(path, status=DATA)
            self.assertIn("cannot be read", error)


class Mailbox(quarantine_case.QuarantineTest):
    """The same in a folder of a server."""

    TEXTS = [vendor(), vendor(Original_Envelope_Id="1ZMXvl-000B9p-HI", Feedback_Type="fraud"),
             vendor(), "From: a@example.com\r\n\r\nHello\r\n", vendor(Feedback_Type="auth-failure"),
             vendor(Original_Envelope_Id="1ZMXvl-000B9p-HJ", body="x" * 1_500_000)]

    @classmethod
    def fill(cls, quarantine):
        for text in cls.TEXTS:
            quarantine.deliver("INBOX", text.encode(), quarantine_case.NOW)
        quarantine.deliver("Abuse", message(None, None).encode(), quarantine_case.NOW)
        quarantine.deliver("Abuse", TEXTS_OLD.encode(),
                           quarantine_case.NOW - datetime.timedelta(days=2))

    def arf(self, *options, **how):
        result = self.report("--arf", f"--timezone={quarantine_case.ZONE}",
                             f"--date={quarantine_case.TODAY}", "--json=-", *options, **how)
        return [json.loads(line) for line in result.stdout.splitlines()], result.stderr.decode()

    def test_inbox(self):
        rows, error = self.arf("-v")
        self.assertEqual([(row["identity"], row["feedback_type"], row["uid"], row["folder"],
                           row["host"]) for row in rows],
                         [("192.0.2.10", kind, uid, "INBOX", "filter.example.org")
                          for kind, uid in (("abuse", 1), ("fraud", 2), ("abuse", 6))])
        self.assertEqual(rows[0]["date"], "2015-08-04T10:50:41+02:00")
        self.assertIn(": 3 found, 3 reported, 0 filtered as bounces, 0 vanished, 0 unreadable", error)
        self.assertIn("besides the reports of spam: 1 no report of abuse, 1 of a message told of "
                      "before, 1 of a failed authentication", error)
        rows, _ = self.arf("--auth-failures", "-q")
        self.assertEqual(len(rows), 3, "it is a report of the same message")

    def test_damaged(self):
        rows, error = self.arf("--folder=Abuse", status=DATA)
        self.assertEqual(rows, [])
        self.assertIn("'Abuse': message 1 cannot be read: it has no part message/feedback-report",
                      error)
        self.assertIn("1 message could not be read", error)

    def test_files_of_it(self):
        """The default name, and new reports only."""
        name = f"quarantine-reports-{quarantine_case.TODAY}.csv"
        result = self.report("--arf", f"--timezone={quarantine_case.ZONE}",
                             f"--date={quarantine_case.TODAY}", "-c", files=[name])
        self.assertEqual(len(result.rows(name)), 3)
        state = f"--state-dir={self.directory / 'state'}"
        since = ["--since=2026-02-01", "--new-only", state, "--arf", "--json=-"]
        self.assertEqual(len(self.report(*since).stdout.splitlines()), 3)
        self.assertEqual(self.report(*since).stdout, b"")

    def test_the_past(self):
        """In a history they are those of files: of these nobody knows the days, but who was seen."""
        history = f"--history={self.directory}/history"
        before = self.directory / "before.eml"
        before.write_text(vendor(Original_Envelope_Id="1ZMAvl-000B9p-HA"))    # a day earlier
        self.run_program([history, "--timezone=UTC", "--csv=-", str(before)])
        result = self.report("--arf", "--timezone=UTC", f"--date={quarantine_case.TODAY}", history,
                             "--csv=-", "--group-by=Identity", "-v")
        (row,) = result.rows()
        self.assertEqual((row["Count"], row["First ever"], row["Days"], row["Before"], row["New"]),
                         ("3", "2015-08-03T08:17:09+00:00", "2", "", ""))
        self.assertIn(b"of logs and files nobody knows which days the history has", result.stderr)
        self.assertNotIn(b"and later do without", result.stderr)

    def test_missing_folder(self):
        result = self.report("--arf", "--folder=Nowhere", status=NOINPUT)
        self.assertIn(b"INBOX", result.stderr)


if __name__ == "__main__":
    runner.main()
