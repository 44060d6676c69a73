#include "tests/unit/folder.h"
#include "tests/unit/table.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/clock.h"
#include "deliver/deliver_mail.h"
#include "deliver/deliver_mail_size.h"
#include "mail/base64.h"
#include "mail/rfc2047.h"
#include "tests/unit/text_file.h"

#define CSV      "text/csv; charset=utf-8; header=present"
#define E_ACUTE  "\xC3\xA9"
#define ELLIPSIS "\xE2\x80\xA6"

#define A10  "aaaaaaaaaa"
#define A50  A10 A10 A10 A10 A10
#define A200 A50 A50 A50 A50

static const char *const noc[] = {"noc@example.com", "abuse@example.net"};

/* 2026-02-10 09:15:00 UTC */
static const struct deliver_letter plain = {
    .from = "quarantine@example.com",
    .to = noc,
    .to_count = 1,
    .subject = {"Hello", 5},
    .text = {"Hello\n", 6},
    .date = 1770714900,
    .id = {"a.1-b", 5},
};

/* Addresses. */

#define LABEL63 A50 A10 "bcd"
#define LOCAL64 A50 A10 "bcde"

static const struct {
	struct span address;
	bool good;
} addresses[] = {
    {SPAN("noc@example.com"), true},
    {SPAN("root"), true},
    {SPAN("first.last+tag=x@mail.example.com"), true},
    {SPAN("o'neil!x#y%z&_{}~^?*/@example.com"), true},
    {SPAN("noc@localhost"), true},
    {SPAN("noc@xn--bcher-kva.example"), true},
    {SPAN("1@1.example"), true},
    {SPAN(LOCAL64 "@" LABEL63 "." LABEL63 ".example"), true},
    {SPAN(LOCAL64 "@" LABEL63 "." LABEL63 "." A10 A10 A10 A10 "aaaaaaaaa.example.com"), true},
    {SPAN(""), false},
    {SPAN("@"), false},
    {SPAN("noc@"), false},
    {SPAN("@example.com"), false},
    {SPAN("noc@@example.com"), false},
    {SPAN("noc@example.com@"), false},
    {SPAN("noc@example..com"), false},
    {SPAN("noc@.example.com"), false},
    {SPAN("noc@example.com."), false},
    {SPAN("noc@-example.com"), false},
    {SPAN("noc@example-.com"), false},
    {SPAN("noc@exa_mple.com"), false},
    {SPAN(".noc@example.com"), false},
    {SPAN("noc.@example.com"), false},
    {SPAN("n..c@example.com"), false},
    {SPAN("-oQ/tmp@example.com"), false},
    {SPAN("-bs"), false},
    {SPAN("/etc/passwd"), false},
    {SPAN("|cat@example.com"), false},
    {SPAN("a|b@example.com"), false},
    {SPAN("a`b@example.com"), false},
    {SPAN("a$b@example.com"), false},
    {SPAN("\"a b\"@example.com"), false},
    {SPAN("a b@example.com"), false},
    {SPAN("noc@example.com "), false},
    {SPAN("noc@example.com\n"), false},
    {SPAN("noc@example.com\nBcc: x"), false},
    {SPAN("noc\0@example.com"), false},
    {SPAN("noc@example.com\0"), false},
    {SPAN("noc@example.com,abuse@example.com"), false},
    {SPAN("NOC <noc@example.com>"), false},
    {SPAN("<noc@example.com>"), false},
    {SPAN("noc@[192.0.2.1]"), false},
    {SPAN("b" E_ACUTE "@example.com"), false},
    {SPAN("noc@b" E_ACUTE ".example"), false},
    {SPAN(LOCAL64 "f@example.com"), false},
    {SPAN("noc@" LABEL63 "e.example"), false},
    {SPAN(LOCAL64 "@" LABEL63 "." LABEL63 "." A50 ".example.com"), false},
};

static void test_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(addresses); i++)
		if (deliver_mail_is_address(addresses[i].address) != addresses[i].good)
			fail_msg("%.*s: want %d", (int)addresses[i].address.n,
			    addresses[i].address.p, addresses[i].good);
}

/* Composing. */

struct composed {
	char *p;
	size_t n;
};

static struct span compose(struct composed *composed, const struct deliver_letter *letter)
{
	struct err err = ERR_INIT;
	FILE *out = open_memstream(&composed->p, &composed->n);

	assert_non_null(out);
	if (deliver_mail_compose(letter, out, &err) != 0)
		fail_msg("deliver_mail_compose: %s", err.text);
	assert_int_equal(fclose(out), 0);
	assert_row(memchr(composed->p, '\r', composed->n) == NULL, composed->p);
	return (struct span){composed->p, composed->n};
}

/* What is in front of the first empty line, and what is behind it. */
static struct span cut_head(struct span *rest)
{
	size_t end = span_find_text(*rest, SPAN("\n\n"));
	struct span head = span_head(*rest, end + 1);

	assert_int_not_equal(end, SPAN_NPOS);
	*rest = span_from(*rest, end + 2);
	return head;
}

/* The value of a field, unfolded; empty when there is none. */
static const char *field(struct span head, const char *name)
{
	static char value[2048];
	size_t n = 0;

	value[0] = '\0';
	while (head.n > 0) {
		struct span line = span_head(head, span_find(head, '\n'));

		head = span_from(head, line.n + 1);
		if (n > 0 && line.n > 0 && line.p[0] != ' ')
			break;
		if (n == 0 &&
		    (!span_starts_nocase(line, span_of(name)) || line.p[strlen(name)] != ':'))
			continue;
		if (n == 0)
			line = span_from(line, strlen(name) + 2);
		assert_true(n + line.n < sizeof(value));
		memcpy(value + n, line.p, line.n);
		n += line.n;
		value[n] = '\0';
	}
	return value;
}

/* Every line is a field or goes on with one: nobody made a header out of a value. */
static void assert_fields(struct span head, const char *const *names, const char *label)
{
	while (head.n > 0) {
		struct span line = span_head(head, span_find(head, '\n'));
		bool known = line.n > 0 && line.p[0] == ' ';

		for (size_t i = 0; names[i] != NULL; i++)
			known = known || (span_starts_nocase(line, span_of(names[i])) &&
					     line.p[strlen(names[i])] == ':');
		if (!known)
			fail_msg("%s: \"%.*s\"", label, (int)line.n, line.p);
		for (size_t i = 0; i < line.n; i++)
			assert_row(line.p[i] >= ' ' && line.p[i] <= '~', label);
		head = span_from(head, line.n + 1);
	}
}

static const char *const letter_names[] = {"Date", "From", "To", "Subject", "Message-ID",
    "Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding", NULL};
static const char *const part_names[] = {
    "Content-Type", "Content-Transfer-Encoding", "Content-Disposition", NULL};

static void test_header(void **state)
{
	struct deliver_letter letter = plain;
	struct composed composed;
	struct span rest;
	struct span head;
	char host[256] = "";
	char id[300];

	(void)state;
	letter.to_count = 2;
	rest = compose(&composed, &letter);
	head = cut_head(&rest);
	assert_fields(head, letter_names, "a letter");
	assert_string_equal(field(head, "Date"), "Tue, 10 Feb 2026 09:15:00 +0000");
	assert_string_equal(field(head, "From"), "quarantine@example.com");
	assert_string_equal(field(head, "To"), "noc@example.com, abuse@example.net");
	assert_string_equal(field(head, "Subject"), "Hello");
	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	snprintf(id, sizeof(id), "<a.1-b@%s>", host);
	assert_string_equal(field(head, "Message-ID"), id);
	assert_string_equal(field(head, "Auto-Submitted"), "auto-generated");
	assert_string_equal(field(head, "MIME-Version"), "1.0");
	assert_string_equal(field(head, "Content-Type"), "text/plain; charset=\"utf-8\"");
	assert_string_equal(field(head, "Content-Transfer-Encoding"), "quoted-printable");
	assert_span_text(rest, "Hello\n", "the text");
	free(composed.p);
}

/* Sendmail knows who we are. */
static void test_no_from(void **state)
{
	struct deliver_letter letter = plain;
	struct composed composed;
	struct span rest;

	(void)state;
	letter.from = NULL;
	rest = compose(&composed, &letter);
	assert_string_equal(field(cut_head(&rest), "From"), "");
	free(composed.p);
}

/* As many as there may be: folded, none lost. */
static void test_many_recipients(void **state)
{
	struct deliver_letter letter = plain;
	const char *to[40];
	struct composed composed;
	struct span rest;
	struct span head;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(to); i++)
		to[i] = "noc@example.com";
	letter.to = to;
	letter.to_count = TABLE_COUNT(to);
	rest = compose(&composed, &letter);
	head = cut_head(&rest);
	assert_int_equal(
	    strlen(field(head, "To")), TABLE_COUNT(to) * strlen("noc@example.com, ") - 2);
	while (head.n > 0) {
		size_t n = span_find(head, '\n');

		assert_true(n <= 78);
		head = span_from(head, n + 1);
	}
	free(composed.p);
}

static const struct {
	const char *zone;
	const char *want;
} dates[] = {
    {"UTC", "Tue, 10 Feb 2026 09:15:00 +0000"},
    {"Europe/Berlin", "Tue, 10 Feb 2026 10:15:00 +0100"},
    {"Asia/Kolkata", "Tue, 10 Feb 2026 14:45:00 +0530"},
    {"America/St_Johns", "Tue, 10 Feb 2026 05:45:00 -0330"},
    {"Pacific/Kiritimati", "Tue, 10 Feb 2026 23:15:00 +1400"},
};

static void test_dates(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(dates); i++) {
		struct composed composed;
		struct span rest;

		setenv("TZ", dates[i].zone, 1);
		tzset();
		rest = compose(&composed, &plain);
		assert_string_equal(field(cut_head(&rest), "Date"), dates[i].want);
		free(composed.p);
	}
	setenv("TZ", "UTC", 1);
	tzset();
}

static const struct {
	struct span subject;
	const char *want; /* as a reader sees it */
	const char *why;
} subjects[] = {
    {SPAN(""), "", "empty"},
    {SPAN("  \t\r\n "), "", "blank"},
    {SPAN("Quarantine 2026-02-10"), "Quarantine 2026-02-10", "plain"},
    {SPAN(" a  b\t\tc "), "a b c", "blanks"},
    {SPAN("a\r\nBcc: x@example.org"), "a Bcc: x@example.org", "CR LF"},
    {SPAN("a\nBcc: x@example.org"), "a Bcc: x@example.org", "LF"},
    {SPAN("a\rBcc: x@example.org"), "a Bcc: x@example.org", "CR"},
    {SPAN("a\r\n\r\n<h1>"), "a <h1>", "a body"},
    {SPAN("a\0b"), "a b", "NUL"},
    {SPAN("\x1B[2Ja\x7F"), "[2Ja", "controls"},
    {SPAN("a\xC2\x85"
	  "b\xE2\x80\xA8"
	  "c"),
	"a b c", "other line breaks"},
    {SPAN("a\xE2\x80\xAE"
	  "b"),
	"a<U+202E>b", "the other direction"},
    {SPAN("a\xFF"), "a<FF>", "no UTF-8"},
    {SPAN("caf" E_ACUTE), "caf" E_ACUTE, "beyond ASCII"},
    {SPAN("=?UTF-8?Q?x?="), "=?UTF-8?Q?x?=", "looks encoded"},
    {SPAN("a =?UTF-8?B?DQpCY2M6IHg=?="), "a =?UTF-8?B?DQpCY2M6IHg=?=", "encoded line break"},
    {SPAN(A200), A200, "just as long"},
    {SPAN(A200 "a"), A50 A50 A50 A10 A10 A10 A10 "aaaaaaaaa" ELLIPSIS, "too long"},
    {SPAN(E_ACUTE A200), E_ACUTE A50 A50 A50 A10 A10 A10 A10 "aaaaaaaa" ELLIPSIS,
	"too long, in characters"},
    {SPAN(A50 " " A50 " " A50), A50 " " A50 " " A50, "folded"},
    {SPAN(A50 E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE A50),
	A50 E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE A50, "several words"},
};

static void test_subjects(void **state)
{
	struct charset_cache *cache = charset_cache_new();
	struct buf decoded;

	(void)state;
	assert_non_null(cache);
	buf_init(&decoded, 0);
	for (size_t i = 0; i < TABLE_COUNT(subjects); i++) {
		struct deliver_letter letter = plain;
		struct composed composed;
		struct span rest;
		struct span head;

		letter.subject = subjects[i].subject;
		rest = compose(&composed, &letter);
		head = cut_head(&rest);
		assert_fields(head, letter_names, subjects[i].why);
		buf_clear(&decoded);
		rfc2047_decode(span_of(field(head, "Subject")), cache, &decoded);
		assert_span_text(buf_span(&decoded), subjects[i].want, subjects[i].why);
		assert_span_text(rest, "Hello\n", subjects[i].why);
		free(composed.p);
	}
	buf_fini(&decoded);
	charset_cache_free(cache);
}

/* Quoted-printable (RFC 2045, 6.7), strictly. */
static void decode_quoted(struct buf *out, struct span text)
{
	while (text.n > 0) {
		struct span line = span_head(text, span_find(text, '\n'));
		bool soft = line.n > 0 && line.p[line.n - 1] == '=';

		assert_true(line.n <= 76);
		assert_true(line.n == 0 || line.p[line.n - 1] != ' ');
		text = span_from(text, line.n + 1);
		line.n -= soft;
		for (size_t i = 0; i < line.n; i++) {
			char hex[3] = "";
			char *end;

			assert_in_range(line.p[i], ' ', '~');
			if (line.p[i] != '=') {
				buf_add_char(out, line.p[i]);
				continue;
			}
			assert_true(i + 2 < line.n);
			memcpy(hex, line.p + i + 1, 2);
			buf_add_char(out, (char)strtoul(hex, &end, 16));
			assert_true(end == hex + 2);
			i += 2;
		}
		if (!soft)
			buf_add_char(out, '\n');
	}
}

static const struct {
	struct span text;
	const char *want;
	const char *why;
} texts[] = {
    {SPAN(""), "", "empty"},
    {SPAN("a"), "a\n", "no line end"},
    {SPAN("a\n\nb\n"), "a\n\nb\n", "an empty line"},
    {SPAN("a \t\n b\r\n"), "a\n b\n", "blanks at the end"},
    {SPAN(".\n..\nFrom me\n"), ".\n..\nFrom me\n", "lines that mean something"},
    {SPAN("--=_mixed-698af714--\n=41\n"), "--=_mixed-698af714--\n=41\n", "a boundary"},
    {SPAN("caf" E_ACUTE "\n"), "caf" E_ACUTE "\n", "beyond ASCII"},
    {SPAN(A200 A200 A200 A200 A200 "\n"), A200 A200 A200 A200 A200 "\n", "a long line"},
    {SPAN(A50 A10 A10 " " A10 "  " A50 A10 "        " A50), /* folded at blanks */
	A50 A10 A10 " " A10 "  " A50 A10 "        " A50 "\n", "long, with blanks"},
    {SPAN("a\x1B[2J\0b\tc\xE2\x80\xAE\xFF\n"), "a<U+001B>[2J<U+0000>b<U+0009>c<U+202E><FF>\n",
	"controls"},
    {SPAN("a\rb\n"), "a<U+000D>b\n", "CR alone"},
};

static void test_texts(void **state)
{
	struct buf decoded;

	(void)state;
	buf_init(&decoded, 0);
	for (size_t i = 0; i < TABLE_COUNT(texts); i++) {
		struct deliver_letter letter = plain;
		struct composed composed;
		struct span rest;

		letter.text = texts[i].text;
		rest = compose(&composed, &letter);
		cut_head(&rest);
		buf_clear(&decoded);
		decode_quoted(&decoded, rest);
		assert_span_text(buf_span(&decoded), texts[i].want, texts[i].why);
		free(composed.p);
	}
	buf_fini(&decoded);
}

/* What is behind the next line of this boundary; fails when there is none. */
static struct span after_boundary(struct span rest, const char *line)
{
	size_t at = span_find_text(rest, span_of(line));

	if (at == SPAN_NPOS)
		fail_msg("no \"%s\" in \"%.*s\"", line, (int)rest.n, rest.p);
	assert_true(at == 0 || rest.p[at - 1] == '\n');
	return span_from(rest, at + strlen(line));
}

#define MIXED           "--=_mixed-698af714\n"
#define MIXED_END       "--=_mixed-698af714--\n"
#define ALTERNATIVE     "--=_alternative-698af714\n"
#define ALTERNATIVE_END "--=_alternative-698af714--\n"

/* The part that `rest` begins with is this file. */
static void assert_part(struct span rest, struct span bytes, const char *disposition)
{
	struct span head = cut_head(&rest);
	struct buf decoded;

	assert_fields(head, part_names, disposition);
	assert_string_equal(field(head, "Content-Transfer-Encoding"), "base64");
	assert_string_equal(field(head, "Content-Disposition"), disposition);
	rest = span_head(rest, span_find_text(rest, SPAN("\n--=_")));
	buf_init(&decoded, 0);
	for (struct span lines = rest; lines.n > 0;) {
		struct span line = span_head(lines, span_find(lines, '\n'));

		assert_true(line.n <= 76);
		assert_int_equal(base64_decode(line, &decoded), 0);
		lines = span_from(lines, line.n + 1);
	}
	assert_int_equal(decoded.n, bytes.n);
	assert_true(bytes.n == 0 || memcmp(decoded.p, bytes.p, bytes.n) == 0);
	buf_fini(&decoded);
}

/* Whatever is in a file comes out again: line ends, NUL, each byte, every length modulo 3. */
static void test_attachments(void **state)
{
	static const struct deliver_attachment files[] = {
	    {"0", "a.csv", CSV}, {"1", "b.csv", CSV}, {"2", "c.csv", CSV}, {"3", "d.csv", CSV}};
	struct deliver_letter letter = plain;
	struct composed composed;
	char bytes[1001];
	const struct span contents[] = {SPAN("\"#\",\"From\"\r\n\"1\",\"=_mixed\"\r\n"), SPAN(""),
	    {bytes, sizeof(bytes)}, {bytes, sizeof(bytes) - 1}};
	struct span rest;
	struct span head;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	for (size_t i = 0; i < TABLE_COUNT(files); i++)
		write_file(files[i].path, contents[i]);
	letter.files = files;
	letter.file_count = TABLE_COUNT(files);
	rest = compose(&composed, &letter);
	head = cut_head(&rest);
	assert_string_equal(
	    field(head, "Content-Type"), "multipart/mixed; boundary=\"=_mixed-698af714\"");
	rest = after_boundary(rest, MIXED);
	head = cut_head(&rest);
	assert_string_equal(field(head, "Content-Type"), "text/plain; charset=\"utf-8\"");
	for (size_t i = 0; i < TABLE_COUNT(files); i++) {
		char disposition[64];

		rest = after_boundary(rest, MIXED);
		snprintf(
		    disposition, sizeof(disposition), "attachment; filename=\"%s\"", files[i].name);
		assert_part(rest, contents[i], disposition);
		assert_non_null(strstr(field(rest, "Content-Type"),
		    "text/csv; charset=\"utf-8\"; header=\"present\"; name="));
	}
	rest = after_boundary(rest, MIXED_END);
	assert_int_equal(rest.n, 0);
	free(composed.p);
}

/* The HTML stands beside the text; a page that is attached is there once. */
static void test_html(void **state)
{
	static const struct deliver_attachment files[] = {
	    {"page", "page.html", "text/html; charset=utf-8"}};
	static const struct span page = SPAN("<!DOCTYPE html>\n<p>a page</p>\n");
	struct deliver_letter letter = plain;
	struct composed composed;
	struct span rest;
	struct span head;
	struct buf decoded;

	(void)state;
	write_file("page", page);
	letter.html = SPAN("<p>=_" E_ACUTE "</p>\n");
	rest = compose(&composed, &letter);
	head = cut_head(&rest);
	assert_string_equal(field(head, "Content-Type"),
	    "multipart/alternative; boundary=\"=_alternative-698af714\"");
	free(composed.p);

	letter.files = files;
	letter.file_count = 1;
	rest = compose(&composed, &letter);
	head = cut_head(&rest);
	assert_string_equal(
	    field(head, "Content-Type"), "multipart/mixed; boundary=\"=_mixed-698af714\"");
	rest = after_boundary(rest, MIXED);
	head = cut_head(&rest);
	assert_string_equal(field(head, "Content-Type"),
	    "multipart/alternative; boundary=\"=_alternative-698af714\"");
	rest = after_boundary(rest, ALTERNATIVE);
	assert_string_equal(field(rest, "Content-Type"), "text/plain; charset=\"utf-8\"");
	rest = after_boundary(rest, ALTERNATIVE);
	head = cut_head(&rest);
	assert_string_equal(field(head, "Content-Type"), "text/html; charset=\"utf-8\"");
	assert_string_equal(field(head, "Content-Transfer-Encoding"), "quoted-printable");
	assert_string_equal(field(head, "Content-Disposition"), "");
	buf_init(&decoded, 0);
	decode_quoted(&decoded, span_head(rest, span_find_text(rest, SPAN("\n--=_"))));
	assert_span_text(buf_span(&decoded), "<p>=_" E_ACUTE "</p>\n", "HTML");
	buf_fini(&decoded);
	rest = after_boundary(rest, ALTERNATIVE_END);
	rest = after_boundary(rest, MIXED);
	assert_part(rest, page, "attachment; filename=\"page.html\"");
	rest = after_boundary(rest, MIXED_END);
	assert_int_equal(rest.n, 0);
	free(composed.p);
}

static const struct {
	const char *name;
	const char *want;
} names[] = {
    {"report.csv", "filename=\"report.csv\""},
    {"a b;c=d.csv", "filename=\"a b;c=d.csv\""},
    {"../../etc/passwd", "filename=\".._.._etc_passwd\""},
    {"a\\b\"c.csv", "filename=\"a_b_c.csv\""},
    {"a\r\nBcc: x@example.org", "filename=\"a Bcc: x@example.org\""},
    {"a\"; filename=\"b.exe", "filename=\"a_; filename=_b.exe\""},
    {"r" E_ACUTE "port.csv", "filename*=UTF-8''r%C3%A9port.csv"},
    {"r" E_ACUTE "'\n%\"x.csv", "filename*=UTF-8''r%C3%A9%27%20%25_x.csv"},
    {"fdp.\xE2\x80\xAEvsc.exe", "filename=\"fdp.<U+202E>vsc.exe\""},
    {"\xFF", "filename=\"<FF>\""},
};

static void test_names(void **state)
{
	(void)state;
	write_file("file", SPAN("x"));
	for (size_t i = 0; i < TABLE_COUNT(names); i++) {
		const struct deliver_attachment file = {"file", names[i].name, CSV};
		struct deliver_letter letter = plain;
		struct composed composed;
		struct span rest;
		char disposition[256];

		letter.files = &file;
		letter.file_count = 1;
		rest = compose(&composed, &letter);
		rest = after_boundary(after_boundary(rest, MIXED), MIXED);
		snprintf(disposition, sizeof(disposition), "attachment; %s", names[i].want);
		assert_part(rest, SPAN("x"), disposition);
		free(composed.p);
	}
}

/* As long as names of files can be, and longer: no line of the header is longer than it may be. */
static void test_long_name(void **state)
{
	char name[2 * 300 + 1];
	const struct deliver_attachment file = {"file", name, CSV};
	struct deliver_letter letter = plain;
	struct composed composed;
	struct span rest;
	struct span head;

	(void)state;
	write_file("file", SPAN("x"));
	for (size_t i = 0; i < sizeof(name) - 1; i += 2)
		memcpy(name + i, E_ACUTE, 2);
	name[sizeof(name) - 1] = '\0';
	letter.files = &file;
	letter.file_count = 1;
	rest = compose(&composed, &letter);
	rest = after_boundary(after_boundary(rest, MIXED), MIXED);
	head = cut_head(&rest);
	assert_fields(head, part_names, "a long name");
	assert_true(strlen(field(head, "Content-Disposition")) > 700);
	while (head.n > 0) {
		size_t n = span_find(head, '\n');

		assert_true(n <= 998);
		head = span_from(head, n + 1);
	}
	free(composed.p);
}

static void assert_not_composed(
    const struct deliver_letter *letter, FILE *out, int status, const char *says)
{
	struct err err = ERR_INIT;

	assert_non_null(out);
	assert_int_equal(deliver_mail_compose(letter, out, &err), -1);
	if (err_exit_status(&err) != status || strstr(err.text, says) == NULL)
		fail_msg("status %d, \"%s\"; want %d, \"%s\"", err_exit_status(&err), err.text,
		    status, says);
	fclose(out);
}

static void test_not_composed(void **state)
{
	static const char *const bad[] = {"noc@example.com\nBcc: x"};
	struct deliver_attachment file = {"missing", "missing.csv", CSV};
	struct deliver_letter letter = plain;

	(void)state;
	assert_not_composed(&letter, fopen("/dev/full", "w"), 74, "No space left");
	letter.files = &file;
	letter.file_count = 1;
	assert_not_composed(&letter, tmpfile(), 74, "'missing'");
	file.path = ".";
	assert_not_composed(&letter, tmpfile(), 74, "no file");
	assert_int_equal(mkfifo("pipe", 0600), 0);
	file.path = "pipe";
	assert_not_composed(&letter, tmpfile(), 74, "no file");

	letter = plain;
	letter.to = bad;
	assert_not_composed(&letter, tmpfile(), 70, "address");
	letter = plain;
	letter.to_count = 0;
	assert_not_composed(&letter, tmpfile(), 70, "address");
	letter = plain;
	letter.from = bad[0];
	assert_not_composed(&letter, tmpfile(), 70, "address");
}

/* Sending. */

static void write_script(const char *script)
{
	char text[2048];
	int n = snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", script);

	write_file("sendmail", (struct span){text, (size_t)n});
	assert_int_equal(chmod("sendmail", 0700), 0);
}

/* The file as letter_compose() leaves it: at its end. */
static FILE *composed_file(struct span text)
{
	FILE *file = tmpfile();

	assert_non_null(file);
	assert_int_equal(fwrite(text.p, 1, text.n, file), text.n);
	return file;
}

static int send_by(
    const char *path, unsigned timeout, const struct deliver_letter *letter, struct err *err)
{
	FILE *composed = composed_file(SPAN("To: noc@example.com\n\n.\nthe end\n"));
	struct mail_sending sending = {.sendmail = path, .timeout = timeout};
	int result = deliver_mail_send(&sending, letter, composed, err);

	fclose(composed);
	return result;
}

static void assert_sent(const struct deliver_letter *letter)
{
	struct err err = ERR_INIT;

	if (send_by("./sendmail", 30, letter, &err) != 0)
		fail_msg("deliver_mail_send: %s", err.text);
}

static void test_arguments(void **state)
{
	struct deliver_letter letter = plain;

	(void)state;
	write_script("for a; do echo \"[$a]\"; done >arguments; cat >letter");
	letter.to_count = 2;
	assert_sent(&letter);
	assert_string_equal(read_text("arguments"),
	    "[-i]\n[-f]\n[quarantine@example.com]\n[--]\n[noc@example.com]\n"
	    "[abuse@example.net]\n");
	assert_string_equal(read_text("letter"), "To: noc@example.com\n\n.\nthe end\n");
	letter.from = NULL;
	letter.to_count = 1;
	assert_sent(&letter);
	assert_string_equal(read_text("arguments"), "[-i]\n[--]\n[noc@example.com]\n");
}

static void test_environment(void **state)
{
	static const char *const secrets[] = {"CREDENTIALS_DIRECTORY", "IMAP_PASSWORD",
	    "QUARANTINE_REPORT_PASSWORD", "STATE_DIRECTORY", "LD_PRELOAD_X", "PATHS", "LC"};
	const char *seen;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(secrets); i++)
		setenv(secrets[i], "secret", 1);
	setenv("LC_TIME", "C", 1);
	write_script("env >environment");
	assert_sent(&plain);
	seen = read_text("environment");
	assert_row(strstr(seen, "secret") == NULL, seen);
	assert_row(strstr(seen, "PATH=") != NULL, seen);
	assert_row(strstr(seen, "TZ=UTC\n") != NULL, seen);
	assert_row(strstr(seen, "LC_TIME=C\n") != NULL, seen);
	for (size_t i = 0; i < TABLE_COUNT(secrets); i++)
		unsetenv(secrets[i]);
}

/* Only its own descriptors, no signal blocked, SIGPIPE as programs expect it. */
static void test_surroundings(void **state)
{
	struct err err = ERR_INIT;
	sigset_t pipe_only;
	const char *seen;
	FILE *other;

	(void)state;
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &pipe_only, NULL);
	write_script("grep SigBlk /proc/self/status >seen; kill -PIPE $$");
	assert_int_equal(send_by("./sendmail", 30, &plain, &err), -1);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &pipe_only, NULL);
	assert_row(strstr(err.text, "killed by signal 13") != NULL, err.text);
	assert_string_equal(read_text("seen"), "SigBlk:\t0000000000000000\n");

	other = fopen("other", "we");
	assert_non_null(other);
	write_script("ls -l /proc/$$/fd >seen");
	assert_sent(&plain);
	seen = read_text("seen");
	assert_row(strstr(seen, "/other") == NULL, seen);
	assert_row(strstr(seen, "0 -> ") != NULL, seen);
	fclose(other);
}

static const struct {
	const char *script;
	int status;
	const char *says;
} answers[] = {
    {"exit 0", 0, ""},
    {"cat >/dev/null; echo all is well; exit 0", 0, ""},
    {"exec <&-; exit 0", 0, ""},
    {"exit 75", 75, "it ended with status 75 (EX_TEMPFAIL)"},
    {"exit 67", 69, "it ended with status 67 (EX_NOUSER)"},
    {"exit 64", 69, "it ended with status 64 (EX_USAGE)"},
    {"exit 1", 69, "it ended with status 1"},
    {"kill -9 $$", 75, "it was killed by signal 9"},
    {"echo ' noc: unknown user' >&2; echo more >&2; exit 67", 69,
	"it ended with status 67 (EX_NOUSER): noc: unknown user"},
    {"echo 'said on standard output'; exit 70", 69, ": said on standard output"},
    {"printf '\\n\\nlater\\n' >&2; exit 75", 75, "(EX_TEMPFAIL): later"},
    {"printf 'a\\033[2Jb\\377\\r\\nc' >&2; exit 75", 75, "): a<U+001B>[2Jb<FF>"},
    {"head -c 300000 /dev/zero | tr '\\0' x; exit 75", 75, "(EX_TEMPFAIL): xxxxxxxxx"},
};

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(answers); i++) {
		struct err err = ERR_INIT;
		int result;

		write_script(answers[i].script);
		result = send_by("./sendmail", 30, &plain, &err);
		if ((result == 0) != (answers[i].status == 0) ||
		    err_exit_status(&err) != answers[i].status ||
		    strstr(err.text, answers[i].says) == NULL || strchr(err.text, '\n') != NULL)
			fail_msg("%s: status %d, \"%s\"; want %d, \"%s\"", answers[i].script,
			    err_exit_status(&err), err.text, answers[i].status, answers[i].says);
		assert_row(result == 0 || strstr(err.text, "'./sendmail'") != NULL, err.text);
	}
}

static const struct {
	int status;
	const char *words;
	bool too_big;
} sizes[] = {
    {75, "postdrop: warning: uid=0: File too large\nsendmail: fatal: root(0): message file too big",
	true},
    {69,
	"msmtp: the server did not accept the mail\nmsmtp: server message: 552 Error: Too much "
	"mail data",
	true},
    {69, "552 5.3.4 Message size exceeds fixed limit", true},
    {1, "552 Message size exceeds maximum permitted", true},
    {65, "552-5.2.3 Your message exceeded Google's message size limits.", true},
    {69, "sorry, that message size exceeds my databytes limit (#5.3.4)", true},
    {77, "552 5.3.4 Message is too large; 10485760 bytes max", true},
    {74, "exim: message too big: read=60 max=50", true},
    {75, "server message: 552 Requested mail action aborted", true},
    {0, "552 5.3.4 Message size exceeds fixed limit", false},
    {67, "552 5.3.4 Message size exceeds fixed limit", false},
    {64, "too large", false},
    {69, "552 5.2.2 mailbox full", false},
    {75, "452 4.2.2 mailbox full", false},
    {69, "550 no such user 552", false},
    {69, "queued as 3552 ABC", false},
    {75, "queue file 2552-1", false},
    {69, "", false},
};

static void test_too_big(void **state)
{
	struct mail_sending sending = {.sendmail = "./sendmail", .timeout = 30};
	FILE *composed = composed_file(SPAN("To: noc@example.com\n\n"));
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(sizes); i++)
		if (deliver_mail_is_too_big(sizes[i].status, span_of(sizes[i].words)) !=
		    sizes[i].too_big)
			fail_msg("%d, %s", sizes[i].status, sizes[i].words);
	write_script("echo message file too big; exit 75");
	assert_int_equal(deliver_mail_send(&sending, &plain, composed, &err), -1);
	assert_int_equal(err_exit_status(&err), 69);
	assert_true(sending.too_big);
	write_script("exit 75");
	assert_int_equal(deliver_mail_send(&sending, &plain, composed, &err), -1);
	assert_int_equal(err_exit_status(&err), 75);
	assert_false(sending.too_big);
	fclose(composed);
}

/* Seconds in which sendmail can be started, the first of them that are enough. */
static const unsigned limits[] = {2, 10, 40};

/* The deadline of the run: it is not even started, or is killed. */
static void test_deadline(void **state)
{
	struct mail_sending sending = {.sendmail = "./sendmail", .timeout = 1000, .deadline = 1};
	FILE *composed = composed_file(SPAN("To: noc@example.com\n\n"));
	struct err err = ERR_INIT;

	(void)state;
	write_script("echo >started; exec sleep 1000");
	assert_int_equal(deliver_mail_send(&sending, &plain, composed, &err), -1);
	assert_int_equal(err_exit_status(&err), 75);
	assert_int_equal(access("started", F_OK), -1);
	/* A busy machine may take a short time for the start alone. */
	for (size_t i = 0; i < TABLE_COUNT(limits) && access("started", F_OK) != 0; i++) {
		err = (struct err)ERR_INIT;
		sending.deadline = clock_now() + (int64_t)limits[i] * 1000;
		assert_int_equal(deliver_mail_send(&sending, &plain, composed, &err), -1);
		assert_int_equal(err_exit_status(&err), 75);
		assert_non_null(strstr(err.text, "deadline"));
	}
	assert_int_equal(access("started", F_OK), 0);
	fclose(composed);
}

/* Nobody answers: it is killed. */
static void test_timeout(void **state)
{
	struct err err = ERR_INIT;
	const char *pid;
	char words[32];

	(void)state;
	write_script("echo $$ >pid~; mv pid~ pid; exec sleep 1000");
	for (size_t i = 0; i < TABLE_COUNT(limits) && access("pid", F_OK) != 0; i++) {
		err = (struct err)ERR_INIT;
		snprintf(words, sizeof(words), "within %u seconds", limits[i]);
		assert_int_equal(send_by("./sendmail", limits[i], &plain, &err), -1);
		assert_int_equal(err_exit_status(&err), 75);
		assert_non_null(strstr(err.text, words));
	}
	pid = read_text("pid");
	assert_int_equal(kill((pid_t)strtol(pid, NULL, 10), 0), -1);
}

/* It leaves a program behind that holds its pipe: that is not waited for. */
static void test_left_behind(void **state)
{
	struct err err = ERR_INIT;
	const char *pid;

	(void)state;
	write_script("sleep 1000 & echo $! >pid; exit 0");
	assert_int_equal(send_by("./sendmail", 30, &plain, &err), 0);
	pid = read_text("pid");
	assert_int_equal(kill((pid_t)strtol(pid, NULL, 10), SIGKILL), 0);
}

static const struct {
	const char *path;
	const char *says;
} missing[] = {
    {"./missing", "No such file"},
    {"./plain", "Permission denied"},
    {".", "Permission denied"},
};

static void test_no_sendmail(void **state)
{
	(void)state;
	write_file("plain", SPAN("text"));
	assert_int_equal(chmod("plain", 0600), 0);
	for (size_t i = 0; i < TABLE_COUNT(missing); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(send_by(missing[i].path, 30, &plain, &err), -1);
		assert_int_equal(err_exit_status(&err), 69);
		assert_row(strstr(err.text, missing[i].says) != NULL, err.text);
	}
}

/* Last, since a signal that came stays. */
static void test_signal(void **state)
{
	struct err err = ERR_INIT;
	const char *pid;

	(void)state;
	assert_int_equal(interrupt_install(&err), 0);
	write_script("echo $$ >pid; kill -TERM $PPID; exec sleep 1000");
	assert_int_equal(send_by("./sendmail", 30, &plain, &err), -1);
	assert_int_equal(err_exit_status(&err), 128 + SIGTERM);
	pid = read_text("pid");
	assert_int_equal(kill((pid_t)strtol(pid, NULL, 10), 0), -1);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_header),
	    cmocka_unit_test(test_no_from),
	    cmocka_unit_test(test_many_recipients),
	    cmocka_unit_test(test_dates),
	    cmocka_unit_test(test_subjects),
	    cmocka_unit_test(test_texts),
	    IN_FOLDER(test_attachments),
	    IN_FOLDER(test_html),
	    IN_FOLDER(test_names),
	    IN_FOLDER(test_long_name),
	    IN_FOLDER(test_not_composed),
	    IN_FOLDER(test_arguments),
	    IN_FOLDER(test_environment),
	    IN_FOLDER(test_surroundings),
	    IN_FOLDER(test_answers),
	    IN_FOLDER(test_too_big),
	    IN_FOLDER(test_deadline),
	    IN_FOLDER(test_timeout),
	    IN_FOLDER(test_left_behind),
	    IN_FOLDER(test_no_sendmail),
	    IN_FOLDER(test_signal),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
