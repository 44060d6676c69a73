#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "mail/received.h"
#include "tests/unit/table.h"

#define DATE "; Mon, 3 Mar 2025 10:00:00 +0000"

struct row {
	const char *body;
	const char *from;
	const char *client;
	const char *by;
	const char *protocol;
};

static const struct row rows[] = {
    /* Exim. */
    {"from client.example.net ([192.0.2.1]) by filter1.example.com with esmtps "
     "(TLS1.3:ECDHE_RSA:256) (Exim 4.96) (envelope-from <a@example.org>) "
     "id 1oSTI8-0042uY-EP for b@example.com" DATE,
	"client.example.net", "192.0.2.1", "filter1.example.com", "esmtps"},
    {"from client.example.net ([192.0.2.1]:4711 helo=x) by mx.example.com with esmtpsa "
     "(Exim 4.96) id 1vTzBP-00000002z2s-3vhE" DATE,
	"client.example.net", "192.0.2.1", "mx.example.com", "esmtpsa"},
    {"from client.example.net ([192.0.2.1] helo=[192.168.1.9] ident=u) by h.example.com "
     "with asmtp (Exim 3.35 #1)" DATE,
	"client.example.net", "192.0.2.1", "h.example.com", "asmtp"},
    {"from [192.0.2.1] (port=52874 helo=[192.168.88.181]) by host4.example.com with esmtpa "
     "(Exim 4.96)" DATE,
	"[192.0.2.1]", "192.0.2.1", "host4.example.com", "esmtpa"},
    {"from [192.0.2.1]:52874 (helo=x) by h.example.com with esmtp (Exim 4.96)" DATE,
	"[192.0.2.1]:52874", "192.0.2.1", "h.example.com", "esmtp"},
    {"from [2001:db8::1] (helo=[IPv6:2001:db8::bad]) by h.example.com with esmtp" DATE,
	"[2001:db8::1]", "2001:db8::1", "h.example.com", "esmtp"},
    {"from user1 by h.example.com with local (Exim 4.98.2) (envelope-from "
     "<user1@h.example.com>) id 1 for r@example.com" DATE,
	"user1", "", "h.example.com", "local"},
    {"from root by quarantine.example.com with local-spamexperts-generated (Exim 4.85) "
     "id 1 for abuse@example.com" DATE,
	"root", "", "quarantine.example.com", "local-spamexperts-generated"},

    /* Postfix, Zimbra, MailChannels. */
    {"from [192.168.1.5] (client.example.net [192.0.2.1]) (using TLSv1.3 with cipher "
     "TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519) (No client certificate "
     "requested) (Authenticated sender: user@example.com) by mx.example.com (Postfix) with "
     "ESMTPSA id 4XYZ for <r@example.org>" DATE,
	"[192.168.1.5]", "192.0.2.1", "mx.example.com", "ESMTPSA"},
    {"from WINPC (unknown [IPv6:2001:db8::1]) by mx.example.com (Postfix) with ESMTPA id 4" DATE,
	"WINPC", "2001:db8::1", "mx.example.com", "ESMTPA"},
    {"from x (unknown [192.0.2.1]) (Authenticated sender: a [198.51.100.9]) by mx.example.com "
     "(Postfix) with ESMTPA" DATE,
	"x", "192.0.2.1", "mx.example.com", "ESMTPA"},
    {"by plesk1.example.com (Postfix, from userid 10146) id ABC" DATE, "", "", "plesk1.example.com",
	""},
    {"from localhost (localhost [127.0.0.1]) by zm.example.com (Postfix) with ESMTP" DATE,
	"localhost", "127.0.0.1", "zm.example.com", "ESMTP"},
    {"from zm.example.com (LHLO zm.example.com) (192.0.2.1) by zm.example.com with LMTP" DATE,
	"zm.example.com", "192.0.2.1", "zm.example.com", "LMTP"},
    {"from relay.example.com (unknown [192.0.2.1]) by relay.example.net (Authenticated "
     "sender: abbotti-AT-example.co) with ESMTPA id 1" DATE,
	"relay.example.com", "192.0.2.1", "relay.example.net", "ESMTPA"},

    /* qmail. */
    {"(qmail 19514 invoked by uid 10003); 13 Sep 2005 17:48:22 +0700", "", "", "", ""},
    {"(qmail 27928 invoked from network); 5 Aug 2024 00:51:45 -0000", "", "", "", ""},
    {"(qmail 5 messnum 3 invoked from network[192.0.2.1/x.example.net]); 5 Aug 2002", "", "", "",
	""},
    {"(nullmailer pid 3947628 invoked by uid 1000); Wed, 08 Mar 2023 22:19:25 -0000", "", "", "",
	""},
    {"from unknown (HELO ?192.168.0.110?) (user@example.com@192.0.2.1) by mx.example.com with "
     "SMTP; 5 Aug 2024 00:51:45 -0000",
	"unknown", "192.0.2.1", "mx.example.com", "SMTP"},
    {"from unknown (HELO x) (192.0.2.1) by 0 with SMTP; 5 Aug 2024", "unknown", "192.0.2.1", "0",
	"SMTP"},
    {"from unknown (HELO [198.51.100.9]) (192.0.2.1) by h with SMTP; 5 Aug", "unknown", "192.0.2.1",
	"h", "SMTP"},
    {"from unknown (192.0.2.1) by h.example.com with QMQP; 5 Aug 2024", "unknown", "192.0.2.1",
	"h.example.com", "QMQP"},
    {"from h.example.net (HELO x) (user@example.org) by m.example.com with SMTP; 5 Aug",
	"h.example.net", "", "m.example.com", "SMTP"},
    {"from x (HELO y) (user1@192.0.2.1 with login) by smtp.example.com with SMTP; 5 Aug", "x",
	"192.0.2.1", "smtp.example.com", "SMTP"},
    {"from x (user@example.com@[192.0.2.1]) (envelope-sender <a@example.com>) by 192.0.2.9 "
     "(qmail-ldap-1.03) with SMTP for <b@example.com>; 5 Aug",
	"x", "192.0.2.1", "192.0.2.9", "SMTP"},
    {"from x (HELO y) (u@example.com@[192.0.2.1]) by 192.0.2.9 with ESMTPSA (AES256-SHA "
     "encrypted, authenticated); 5 Aug",
	"x", "192.0.2.1", "192.0.2.9", "ESMTPSA"},
    {"from x (HELO y) (192.0.2.1) (smtp-auth username u, mechanism cram-md5) by "
     "h.example.com (qpsmtpd/0.40) with ESMTPA" DATE,
	"x", "192.0.2.1", "h.example.com", "ESMTPA"},
    {"from x (HELO y) (?AL1b20iTMIHwZbG9ZCdQYQG3nsIe5jbe?@[127.0.0.1]) by h.example.com with "
     "SMTP; 5 Aug",
	"x", "127.0.0.1", "h.example.com", "SMTP"},
    {"from x () by h.example.com with SMTP; 5 Aug", "x", "", "h.example.com", "SMTP"},
    {"from x (Fri, 06 Oct 2023 10:25:28 +0100) by h.example.com with SMTP; 5 Aug", "x", "",
	"h.example.com", "SMTP"},
    {"from unknown (HELO x) (::ffff:192.0.2.1) by h.example.com with SMTP; 5 Aug", "unknown",
	"192.0.2.1", "h.example.com", "SMTP"},

    /* sendmail. */
    {"from helo.example.net (user@rdns.example.net [192.0.2.1] (may be forged)) "
     "(authenticated bits=0) by mx.example.com (8.14.4/8.14.4) with ESMTP id x for <a>" DATE,
	"helo.example.net", "192.0.2.1", "mx.example.com", "ESMTP"},
    {"from User ([192.0.2.1]) (authenticated bits=0) by mx.example.com (8.14.4/8.14.4)" DATE,
	"User", "192.0.2.1", "mx.example.com", ""},
    {"from [192.168.0.3] (IDENT:root@rdns.example.net [192.0.2.1]) by mx.example.com"
     "(8.11.6/8.11.6) with SMTP id x" DATE,
	"[192.168.0.3]", "192.0.2.1", "mx.example.com", "SMTP"},
    {"(from www-data@localhost) by web.example.com (8.15.2/8.15.2/Submit) id x" DATE, "", "",
	"web.example.com", ""},
    {"from x (ehlo [192.0.2.1]) by h.example.com" DATE, "x", "192.0.2.1", "h.example.com", ""},

    /* Courier, CommuniGate, OpenSMTPD, SquirrelMail, Haraka, MailEnable, the others. */
    {"from pc (rdns.example.net [::ffff:192.0.2.1]) (AUTH: LOGIN user@example.com, TLS: "
     "TLSv1/SSLv3,128bits,AES128-SHA) by mx.example.com with esmtp; Mon, 3 Mar 2003",
	"pc", "192.0.2.1", "mx.example.com", "esmtp"},
    {"from [192.0.2.1] (account user@example.com HELO [192.168.1.2]) by mx.example.com "
     "(CommuniGate Pro SMTP 6.1.1) with ESMTPSA id 1" DATE,
	"[192.0.2.1]", "192.0.2.1", "mx.example.com", "ESMTPSA"},
    {"from [192.168.1.2] (account u [HELO [192.168.1.2]] / [192.0.2.1] verified) by "
     "mx.example.com (CommuniGate Pro SMTP 4.2) with ESMTP" DATE,
	"[192.168.1.2]", "192.0.2.1", "mx.example.com", "ESMTP"},
    {"from mx.example.com (localhost [127.0.0.1]) by mx.example.com (OpenSMTPD) with ESMTPSA "
     "id 1 (TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO) auth=yes user=me for <a@example.com>" DATE,
	"mx.example.com", "127.0.0.1", "mx.example.com", "ESMTPSA"},
    {"from localhost (mx.example.com [local]) by mx.example.com (OpenSMTPD) with ESMTPA id 1" DATE,
	"localhost", "", "mx.example.com", "ESMTPA"},
    {"from 192.0.2.1 (SquirrelMail authenticated user id@example.com) by mail.example.com with "
     "HTTP" DATE,
	"192.0.2.1", "192.0.2.1", "mail.example.com", "HTTP"},
    {"from 192.0.2.1 (proxying for 10.0.0.7) (SquirrelMail authenticated user ek) by "
     "mail.example.com with HTTP" DATE,
	"192.0.2.1", "192.0.2.1", "mail.example.com", "HTTP"},
    {"from [192.168.1.2] (rdns.example.net [192.0.2.1]) by mx.example.com (Haraka/2.8.28) with "
     "ESMTPSA id 1.1 envelope-from <a@example.com> (authenticated bits=0)" DATE,
	"[192.168.1.2]", "192.0.2.1", "mx.example.com", "ESMTPSA"},
    {"from pc.example.net ([192.0.2.1]) by mail.example.com with MailEnable ESMTP" DATE,
	"pc.example.net", "192.0.2.1", "mail.example.com", "MailEnable"},
    {"from pc.example.net [192.0.2.1] by mail.example.com with SmarterMail" DATE, "pc.example.net",
	"192.0.2.1", "mail.example.com", "SmarterMail"},
    {"from A.example.com (2001:db8:10a6::1) by B.example.com (2001:db8:10a6::2) with Microsoft "
     "SMTP Server (version=TLS1_2, cipher=X) id 15.20 via Frontend Transport" DATE,
	"A.example.com", "2001:db8:10a6::1", "B.example.com", "Microsoft"},
    {"from A ([fe80::1%12]) by B ([fe80::2%13]) with mapi id 15" DATE, "A", "fe80::1", "B", "mapi"},
    {"from x (192.0.2.1) by pmta.example.com id h1 for <a@example.com>" DATE, "x", "192.0.2.1",
	"pmta.example.com", ""},
    {"by 2001:db8:a05::1 with SMTP id x" DATE, "", "", "2001:db8:a05::1", "SMTP"},
    {"from x[192.0.2.1] by h" DATE, "x[192.0.2.1]", "192.0.2.1", "h", ""},

    /* Awkward. */
    {"", "", "", "", ""},
    {"(", "", "", "", ""},
    {"from", "", "", "", ""},
    {"from ", "", "", "", ""},
    {";", "", "", "", ""},
    {"FROM x BY y WITH z", "x", "", "y", "z"},
    {"from x (unfinished [192.0.2.1] by y", "x", "192.0.2.1", "", ""},
    {"from x (y [192.0.2.1", "x", "", "", ""},
    {"from by (rdns [192.0.2.1]) by h with SMTP", "by", "192.0.2.1", "h", "SMTP"},
    {"from with (rdns [192.0.2.1]) by h", "with", "192.0.2.1", "h", ""},
    {"from (192.0.2.1) by h", "", "192.0.2.1", "h", ""},
    {"from x by h (from y [192.0.2.1] with z)", "x", "", "h", ""},
    {"from x by h id from for by from y ([192.0.2.1])", "x", "", "h", ""},
    {"from x by h with SMTP" DATE " from y ([192.0.2.1])", "x", "", "h", "SMTP"},
    {"from a ([192.0.2.1]) by h from b ([192.0.2.2])", "a", "192.0.2.1", "h", ""},
    {"from myhelo=x.example (a [999.0.2.1]) by h", "myhelo=x.example", "", "h", ""},
    {"from x (srvhelo [192.0.2.1]) by h", "x", "192.0.2.1", "h", ""},
    {"from x ([[[[[192.0.2.1]]) by h", "x", "192.0.2.1", "h", ""},
    {"fromx y byz by h", "", "", "h", ""},
    {"from=x by=y", "", "", "", ""},
};

static void test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct received got;

		received_parse(span_of(row->body), &got);
		assert_span_text(got.from, row->from, row->body);
		assert_span_text(got.client, row->client, row->body);
		assert_span_text(got.by, row->by, row->body);
		assert_span_text(got.protocol, row->protocol, row->body);
	}
}

static void test_is_ip(void **state)
{
	static const struct {
		struct span s;
		bool want;
	} ips[] = {
	    {SPAN("192.0.2.1"), true},
	    {SPAN("0.0.0.0"), true},
	    {SPAN("2001:db8::1"), true},
	    {SPAN("::"), true},
	    {SPAN("::ffff:192.0.2.1"), true},
	    {SPAN("2001:0db8:0000:0000:0000:0000:192.168.100.100"), true},
	    {SPAN(""), false},
	    {SPAN("192.0.2"), false},
	    {SPAN("192.0.2.256"), false},
	    {SPAN("192.0.2.1000"), false},
	    {SPAN("192.0.02.1"), false},
	    {SPAN("192.0.2."), false},
	    {SPAN("192.0.2.1."), false},
	    {SPAN("192.0.2.1.1"), false},
	    {SPAN("192..2.1"), false},
	    {SPAN(".192.0.2.1"), false},
	    {SPAN("255.255.255.255"), true},
	    {SPAN("192.0.2.1 "), false},
	    {SPAN("192.0.2.1\0"), false},
	    {SPAN("192.0.2.1:25"), false},
	    {SPAN("192.0.2.0/24"), false},
	    {SPAN("[192.0.2.1]"), false},
	    {SPAN("IPv6:2001:db8::1"), false},
	    {SPAN("fe80::1%eth0"), false},
	    {SPAN("2001:db8::1::2"), false},
	    {SPAN("localhost"), false},
	    {SPAN("1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc"), false},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(ips); i++)
		assert_row(received_is_ip(ips[i].s) == ips[i].want, ips[i].s.p);
}

/* Whose name is whose: see received.h. */
static const struct {
	const char *body;
	const char *name;
	const char *helo;
	bool is_bare;
} name_rows[] = {
    {"from said (name.example [192.0.2.1]) by h" DATE, "name.example", "said", false},
    {"from said (name.example. [192.0.2.1]) by h" DATE, "name.example", "said", false},
    {"from said (unknown [192.0.2.1]) by h" DATE, "", "said", false},
    {"from said (name.example [192.0.2.1] (may be forged)) by h" DATE, "", "said", false},
    {"from said (forged.example [192.0.2.1]) by h" DATE, "forged.example", "said", false},
    {"from said (u@name.example [192.0.2.1]) by h" DATE, "name.example", "said", false},
    {"from said ([192.0.2.1]) by h" DATE, "", "said", true},
    {"from name.example ([192.0.2.1] helo=said) by h" DATE, "name.example", "said", true},
    {"from [192.0.2.1] (helo=said) by h" DATE, "[192.0.2.1]", "said", false},
    {"from name.example (HELO said) (192.0.2.1) by h" DATE, "name.example", "said", false},
    {"from [192.0.2.1] (account a HELO said) by h" DATE, "[192.0.2.1]", "said", false},
    {"from said by h" DATE, "", "said", false},
    {"by h" DATE, "", "", false},
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(name_rows); i++) {
		struct received received;

		received_parse(span_of(name_rows[i].body), &received);
		assert_span_text(received.name, name_rows[i].name, name_rows[i].body);
		assert_span_text(received.helo, name_rows[i].helo, name_rows[i].body);
		assert_row(received.is_bare == name_rows[i].is_bare, name_rows[i].body);
	}
}

static void test_networks(void **state)
{
	static const struct {
		const char *ip;
		bool is_private;
		bool is_loopback;
	} networks[] = {
	    {"127.0.0.1", true, true},
	    {"::1", true, true},
	    {"10.1.2.3", true, false},
	    {"172.16.0.1", true, false},
	    {"172.32.0.1", false, false},
	    {"192.168.1.1", true, false},
	    {"169.254.1.1", true, false},
	    {"100.64.0.1", true, false},
	    {"fd00::1", true, false},
	    {"fe80::1", true, false},
	    {"192.0.2.1", false, false},
	    {"2001:db8::1", false, false},
	    {"", false, false},
	    {"x", false, false},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(networks); i++) {
		assert_row(received_is_private(span_of(networks[i].ip)) == networks[i].is_private,
		    networks[i].ip);
		assert_row(received_is_loopback(span_of(networks[i].ip)) == networks[i].is_loopback,
		    networks[i].ip);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_networks),
	    cmocka_unit_test(test_is_ip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
