/* Each rule with its documented variants, and what only looks like it (headers.md, sections 1 to
 * 6). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "evidence/guessed_field.h"
#include "tests/unit/evidence_table.h"

#define NOTHING(column) "", (column), ""

/* A line of the filter, for rows about lines below it. */
#define TOP                                                                                        \
	"Received: from mail.example.com ([192.0.2.10])\r\n"                                       \
	"\tby filter.example.net with esmtp (Exim 4.96) id 1oSTI8-0042uY-EP; Mon, 5 Aug 2024\r\n"

static const struct evidence_row plain_rows[] = {
    {"From: =?UTF-8?Q?J=C3=B6?= <jo@example.com>\r\nFrom: other@example.com\r\n",
	{{"from", COLUMN_FROM, "J\xc3\xb6 <jo@example.com>"}}},
    {"To: a@example.com,\r\n b@example.com\r\nTo:\r\nTo: =?utf-8?q?c?= <c@example.com>\r\n",
	{{"to", COLUMN_TO, "a@example.com, b@example.com, c <c@example.com>"}}},
    {"Reply-To: r@example.com\r\nReply-To: s@example.com\r\n",
	{{"reply-to", COLUMN_REPLY_TO, "r@example.com"}}},
    {"Return-Path: <a@Example.COM>\r\nFrom: b@example.net\r\n",
	{{"sender-domain-return-path", COLUMN_SENDER_DOMAIN, "example.com"}}},
    {"Return-Path: <>\r\nFrom: \"B, C\" <b@EXAMPLE.net>\r\n",
	{{"sender-domain-from", COLUMN_SENDER_DOMAIN, "example.net"}}},
    {"Return-Path: root\r\nFrom: \"a@example.com\" <b@example.net>\r\n",
	{{"sender-domain-from", COLUMN_SENDER_DOMAIN, "example.net"}}},
    {"From: MAILER-DAEMON\r\n", {{NOTHING(COLUMN_SENDER_DOMAIN)}}},
    {"Subject: =?utf-8?b?U2FsZQ==?= now\r\n", {{"subject", COLUMN_SUBJECT, "Sale now"}}},
    {"Message-Id: <1@example.com>\r\n", {{"message-id", COLUMN_MESSAGE_ID, "<1@example.com>"}}},
    {"Return-Path: <>\r\n", {{"return-path", COLUMN_RETURN_PATH, "<>"}}},
    {"From-Name: x\r\nX-To: y\r\nOriginal-Subject: z\r\n",
	{{NOTHING(COLUMN_FROM)}, {NOTHING(COLUMN_TO)}, {NOTHING(COLUMN_SUBJECT)}}},
};

static const struct evidence_row filter_rows[] = {
    {"X-Brand-Domain: server.example.com\r\nX-Brand-Username: 2001:db8::16\r\n"
     "X-Brand-Outgoing-Class: spam\r\nX-Brand-Outgoing-Evidence: GTUBE - see\r\n"
     " http://spam.example/gtube/\r\n",
	{{"filter-domain", COLUMN_DOMAIN, "server.example.com"},
	    {"filter-username", COLUMN_IP_USERNAME, "2001:db8::16"},
	    {"filter-outgoing-class", COLUMN_CLASS, "spam"},
	    {"filter-outgoing-evidence", COLUMN_EVIDENCE, "GTUBE - see http://spam.example/gtube/"},
	    {"identity-ip-username", COLUMN_IDENTITY, "2001:db8::16"}}},
    {"X-PT.Example-Domain: Server.Example.com\r\nX-PT.Example-Username: iix900\r\n"
     "X-PT.Example-Outgoing-Evidence: SB/global_tokens (1.16304197384e-08)\r\n",
	{{"filter-username", COLUMN_IP_USERNAME, "iix900"},
	    {"filter-outgoing-evidence", COLUMN_EVIDENCE, "SB/global_tokens (1.16304197384e-08)"},
	    {"identity-ip-username", COLUMN_IDENTITY, "iix900@server.example.com"}}},
    {"X-Brand-Domain: example.com\r\nX-Brand-Username: 192.0.2.0/24\r\n"
     "X-Brand-Outgoing-Class: spam\r\n",
	{{"filter-username", COLUMN_IP_USERNAME, "192.0.2.0/24"},
	    {"identity-ip-username", COLUMN_IDENTITY, "192.0.2.0/24"}}},
    {"X-Brand-Domain: example.com\r\nX-Brand-Username:\r\nX-Brand-Outgoing-Class: spam\r\n",
	{{"filter-username-domain", COLUMN_IP_USERNAME, "@example.com"}}},
    {"X-Brand-Class: ham\r\nX-Brand-Evidence: Combined (0.02)\r\n",
	{{"filter-class", COLUMN_CLASS, "ham"},
	    {"filter-evidence", COLUMN_EVIDENCE, "Combined (0.02)"}}},
    /* An outgoing filter let it through, an incoming one of the same brand caught it. */
    {"X-Brand-Outgoing-Class: ham\r\nX-Brand-Outgoing-Evidence: Combined (0.10)\r\n"
     "Received: from a.example by b.example\r\n"
     "X-Brand-Class: spam\r\nX-Brand-Evidence: Combined (0.99)\r\n",
	{{"filter-class", COLUMN_CLASS, "spam"},
	    {"filter-evidence", COLUMN_EVIDENCE, "Combined (0.99)"}}},
    {"X-Brand-Domain: example.com\r\nAuthentication-Results: a.example; auth=pass "
     "smtp.auth=u@x.example\r\n"
     "X-Brand-Outgoing-Class: spam\r\n",
	{{"filter-smtp-auth", COLUMN_IP_USERNAME, "u@x.example"}}},
    {"X-Brand-Domain: example.com\r\nX-Brand-Outgoing-Class: spam\r\n",
	{{NOTHING(COLUMN_IP_USERNAME)}}},
    /* A name without a brand, and siblings of a brand that has no block. */
    {"X-Outgoing-Class: spam\r\nX-Evidence: x\r\nX-Other-Username: forged\r\nX-Other-Domain: d\r\n",
	{{NOTHING(COLUMN_CLASS)}, {NOTHING(COLUMN_EVIDENCE)}, {NOTHING(COLUMN_IP_USERNAME)},
	    {NOTHING(COLUMN_DOMAIN)}}},
    {"X-Brand-Username:\r\n"
     "Authentication-Results: example.net; auth=pass (login) smtp.auth=iix900@example.com\r\n"
     "X-Brand-Outgoing-Class: spam\r\n",
	{{"filter-smtp-auth", COLUMN_IP_USERNAME, "iix900@example.com"}}},
    {"X-Brand-Username:\r\nAuthentication-Results: example.net;\r\n auth=pass\r\n"
     " smtp.auth=2001:db8:76c::58@Out.Example.com; x=y\r\nX-Brand-Outgoing-Class: spam\r\n",
	{{"filter-smtp-auth", COLUMN_IP_USERNAME, "2001:db8:76c::58@Out.Example.com"},
	    {"identity-ip-username", COLUMN_IDENTITY, "2001:db8:76c::58@out.example.com"}}},
    {"Authentication-Results: example.net; auth=pass smtp.auth=@example.com\r\n"
     "X-Brand-Outgoing-Class: spam\r\nX-Brand-Outgoing-Evidence: x\r\n",
	{{"filter-smtp-auth", COLUMN_IP_USERNAME, "@example.com"}}},
    /* Somebody else's results: not beside the block, failed, without a block. */
    {"Authentication-Results: ovh.example; auth=pass (GARM-id,\r\n 1) smtp.auth=a@example.com\r\n"
     "X-Brand-Username:\r\nX-Brand-Outgoing-Class: spam\r\n",
	{{NOTHING(COLUMN_IP_USERNAME)}}},
    {"X-Brand-Username:\r\nAuthentication-Results: example.net; auth=fail "
     "smtp.auth=a@example.com\r\n"
     "X-Brand-Outgoing-Class: spam\r\n",
	{{NOTHING(COLUMN_IP_USERNAME)}}},
    {"Authentication-Results: example.net; auth=pass smtp.auth=a@example.com\r\n",
	{{NOTHING(COLUMN_IP_USERNAME)}}},
    {"X-Originating-IP: [192.0.2.7]\r\n",
	{{"originating-ip", COLUMN_IP_USERNAME, "192.0.2.7"},
	    {"source-originating-ip", COLUMN_SOURCE_IP, "192.0.2.7"}}},
    {"X-Originating-IP: 192.0.2.7\r\nX-Originating-IP: [IPv6:2001:db8::7]\r\n",
	{{"originating-ip", COLUMN_IP_USERNAME, "2001:db8::7"}}},
    {"X-Originating-IP: unknown\r\n", {{NOTHING(COLUMN_IP_USERNAME)}}},
    {TOP, {{"received-client", COLUMN_IP_USERNAME, "192.0.2.10"},
	      {"source-received", COLUMN_SOURCE_IP, "192.0.2.10"},
	      {"identity-ip-username", COLUMN_IDENTITY, "192.0.2.10"}}},
    {"Received: by example.com (Postfix) id 1; x\r\n" TOP, {{NOTHING(COLUMN_SOURCE_IP)}}},
};

static const struct evidence_row uid_rows[] = {
    {"Received: (qmail 19514 invoked by uid 10003); 13 Sep 2005 17:48:22 +0700\r\n",
	{{"qmail-uid", COLUMN_QMAIL_UID, "10003"}, {NOTHING(COLUMN_INVOKED_FOR)},
	    {"identity-uid", COLUMN_IDENTITY, "uid 10003"}}},
    {TOP "Received: (qmail 1 invoked by uid 10003); 9 Oct 2002 02:13:06 +0900(KST)\r\n",
	{{"qmail-uid", COLUMN_QMAIL_UID, "10003"},
	    {"identity-uid", COLUMN_IDENTITY, "uid 10003@mail.example.com"}}},
    {"Received: (qmail 1 invoked from network); 5 Aug 2024 00:51:45 -0000\r\n"
     "Received: (qmail 2 invoked by uid 3942007); x\r\nReceived: (qmail 3 invoked by uid 7); x\r\n",
	{{"qmail-uid", COLUMN_QMAIL_UID, "3942007"},
	    {"qmail-mode", COLUMN_INVOKED_FOR, "network"}}},
    {"Received: (qmail invoked by alias); 20 Nov 2006 15:14:00 -0000\r\n",
	{{"qmail-mode", COLUMN_INVOKED_FOR, "alias"}, {NOTHING(COLUMN_QMAIL_UID)}}},
    {"Received: (qmail+freegate 12345 invoked by alias); x\r\n",
	{{"qmail-mode", COLUMN_INVOKED_FOR, "alias"}}},
    {"Received: (qmail 32392 invoked for bounce); 8 Oct 2002 22:13:06 -0000\r\n",
	{{"qmail-mode", COLUMN_INVOKED_FOR, "bounce"}}},
    {"Received: (Haraka 1234 invoked for bounce); x\r\n",
	{{"qmail-mode", COLUMN_INVOKED_FOR, "bounce"}}},
    {"Received: (qmail 50842 messnum 34651 invoked from network[192.0.2.176/p4.example.net]); "
     "x\r\n",
	{{"qmail-mode", COLUMN_INVOKED_FOR, "network"}}},
    {"Received: (qmail 91049 invoked by VF by uid 0); 4 Jun 2025 08:16:26 +0900\r\n",
	{{"qmail-uid", COLUMN_QMAIL_UID, "0"}}},
    {"Received: (nullmailer pid 3947628 invoked by uid 1000);\r\n\tWed, 08 Mar 2023 22:19:25\r\n",
	{{"qmail-uid", COLUMN_QMAIL_UID, "1000"}}},
    {"Received: from x (HELO y) (qmail-ldap-1.03) by z; x\r\n"
     "Received: from u (qmailr@host [192.0.2.1]) by z; x\r\n"
     "Received: from a by b by uid 510 with CWIE-scanner-0.1; x\r\n"
     "Received: from a (qmail 1 invoked by uid 5) by b; x\r\n"
     "Received: (qmail 1 invoked by uid 99999999999999999999); x\r\n"
     "Received: (qmail 1 invoked for bouncers); x\r\n"
     "Received: (qmail 1 invoked by uid 5 and more); x\r\nReceived: (qmail 1 invoked by\r\n",
	{{NOTHING(COLUMN_QMAIL_UID)}, {NOTHING(COLUMN_INVOKED_FOR)}}},
    {"Received: by plesk.example.com (Postfix, from userid 10146)\r\n\tid 4Wc; x\r\n",
	{{"postfix-userid", COLUMN_QMAIL_UID, "10146"},
	    {"identity-uid", COLUMN_IDENTITY, "uid 10146@plesk.example.com"}}},
    {"Received: by plesk.example.com (Postfix, from\r\n userid 33); x\r\n",
	{{"postfix-userid", COLUMN_QMAIL_UID, "33"}}},
    {"Received: by h.example (\"Another Mailer\", from userid 513)\r\n\tid 1; x\r\n",
	{{"postfix-userid", COLUMN_QMAIL_UID, "513"}}},
    {"Received: by example.com (Postfix, from userid www); x\r\n"
     "Received: by example.com (Postfix) from userid 10; x\r\n",
	{{NOTHING(COLUMN_QMAIL_UID)}}},
    {"X-Php-Originating-Script: 23488394:a.php\r\n",
	{{"php-uid", COLUMN_QMAIL_UID, "23488394"},
	    {"php-originating-script", COLUMN_PHP_SCRIPT, "23488394:a.php"}}},
    {"X-PHP-Originating-Script: 33:index.php(3) : eval()'d\r\n code(2) : eval()'d code\r\n",
	{{"php-uid", COLUMN_QMAIL_UID, "33"},
	    {"php-originating-script", COLUMN_PHP_SCRIPT,
		"33:index.php(3) : eval()'d code(2) : eval()'d code"}}},
    {"X-PHP-Originating-Script: mail.php\r\n", {{NOTHING(COLUMN_QMAIL_UID)}}},
    {"X-AntiAbuse: This header was added to track abuse\r\n"
     "X-AntiAbuse: Primary Hostname - host.example.com\r\n"
     "X-AntiAbuse: Original Domain - example.org\r\n"
     "X-AntiAbuse: Originator/Caller UID/GID - [1081 993] / [47 12]\r\n"
     "X-AntiAbuse: Sender Address Domain - example.com\r\n",
	{{"antiabuse-uid", COLUMN_QMAIL_UID, "1081"},
	    {"identity-uid", COLUMN_IDENTITY, "uid 1081@host.example.com"}}},
    {"X-AntiAbuse: Originator/Caller UID/GID - [5 5] / [47 12]\r\n"
     "X-AntiAbuse: Originator/Caller UID/GID - [1156 1158] / [93 93]\r\n",
	{{"antiabuse-uid", COLUMN_QMAIL_UID, "1156"}}},
    {"X-AntiAbuse: Originator/Caller UID/GID - [47 12] / [47 12]\r\n",
	{{NOTHING(COLUMN_QMAIL_UID)}}},
    {"X-AntiAbuse: Originator/Caller UID/GID - [] / []\r\nX-AntiAbuse: UID/GID - [1081 993]\r\n",
	{{NOTHING(COLUMN_QMAIL_UID)}}},
};

static const struct evidence_row script_rows[] = {
    {"X-PHP-Script: www.example.com/~user/send-mail.php for 192.0.2.1\r\n",
	{{"php-script", COLUMN_PHP_SCRIPT, "www.example.com/~user/send-mail.php for 192.0.2.1"},
	    {"php-script-ip", COLUMN_PHP_SCRIPT_IP, "192.0.2.1"},
	    {"identity-php-script", COLUMN_IDENTITY, "www.example.com/~user/send-mail.php"}}},
    {"X-PHP-Script: example.com/198.51.100.250/1.php\r\n for 192.0.2.1, 198.51.100.7\r\n",
	{{"php-script-ip", COLUMN_PHP_SCRIPT_IP, "192.0.2.1, 198.51.100.7"},
	    {"identity-php-script", COLUMN_IDENTITY, "example.com/198.51.100.250/1.php"}}},
    {"X-PHP-Script: example.com/wait for it.php\r\n", {{NOTHING(COLUMN_PHP_SCRIPT_IP)}}},
    {"X-PHP-Filename: /home/envqicoc/public_html/index.php REMOTE_ADDR:\r\n 192.0.2.175\r\n",
	{{"php-filename", COLUMN_PHP_SCRIPT,
	     "/home/envqicoc/public_html/index.php REMOTE_ADDR: 192.0.2.175"},
	    {"php-filename-ip", COLUMN_PHP_SCRIPT_IP, "192.0.2.175"},
	    {"identity-php-filename", COLUMN_IDENTITY, "envqicoc"}}},
    {"X-PHP-Filename: /var/www/vhosts/example.com/httpdocs/i.php\r\n REMOTE_ADDR: 192.0.2.1\r\n",
	{{"identity-php-filename", COLUMN_IDENTITY, "example.com"}}},
    {"X-PHP-Filename: /home2/u5672/domains/shop.example/i.php REMOTE_ADDR: 192.0.2.1\r\n",
	{{"identity-php-filename", COLUMN_IDENTITY, "u5672"}}},
    {"X-PHP-Filename: /var/www/virtual/shop.example/htdocs/i.php REMOTE_ADDR: 192.0.2.1\r\n",
	{{"identity-php-filename", COLUMN_IDENTITY, "shop.example"},
	    {"identity-kind", COLUMN_IDENTITY_KIND, "site"}}},
    {"X-PHP-Filename: /home/customer/www/shop.example/i.php REMOTE_ADDR: 192.0.2.1\r\n",
	{{"identity-php-filename", COLUMN_IDENTITY, "shop.example"}}},
    {"X-PHP-Filename: /var/www/vhosts/system/shop.example/i.php REMOTE_ADDR: 192.0.2.1\r\n",
	{{"identity-php-filename", COLUMN_IDENTITY, "shop.example"}}},
    {"X-PHP-Filename: /home/clients/0a1b2c3d/web/i.php REMOTE_ADDR: 192.0.2.1\r\n",
	{{NOTHING(COLUMN_IDENTITY)}}},
    {"X-PHP-Filename: /home/httpd/html/i.php REMOTE_ADDR: 192.0.2.1\r\n",
	{{NOTHING(COLUMN_IDENTITY)}}},
    {"X-PHP-Filename: /home/web/u1/i.php REMOTE_ADDR: 192.0.2.1\r\n", {{NOTHING(COLUMN_IDENTITY)}}},
    {"X-PHP-Filename: /home/websites/shop.example/i.php REMOTE_ADDR: 192.0.2.1\r\n",
	{{NOTHING(COLUMN_IDENTITY)}}},
    {"X-PHP-Filename: /home/htdocs/u1/i.php REMOTE_ADDR: 192.0.2.1\r\n",
	{{NOTHING(COLUMN_IDENTITY)}}},
    {"X-PHP-Filename: /home/../u1/i.php REMOTE_ADDR: 192.0.2.1\r\n", {{NOTHING(COLUMN_IDENTITY)}}},
    {"X-PHP-Filename: /home/virtfs/u1/home/u1/i.php REMOTE_ADDR: 192.0.2.1\r\n",
	{{"identity-php-filename", COLUMN_IDENTITY, "u1"}}},
    {"X-PHP-Filename: /home/hosting_users/u5672/www/i.php REMOTE_ADDR: 192.0.2.1\r\n",
	{{"identity-php-filename", COLUMN_IDENTITY, "u5672"}}},
    {"X-PHP-Filename: /var/customers/webs/u5672/i.php REMOTE_ADDR: 192.0.2.1\r\n",
	{{"identity-php-filename", COLUMN_IDENTITY, "u5672"}}},
    {TOP "X-PHP-Filename: /var/www/clients/client3/web17/web/i.php REMOTE_ADDR: 192.0.2.1\r\n",
	{{"identity-php-filename", COLUMN_IDENTITY, "web17@mail.example.com"}}},
    {TOP "X-PHP-Filename: /var/www/web17/html/i.php REMOTE_ADDR: 192.0.2.1\r\n",
	{{"identity-php-filename", COLUMN_IDENTITY, "web17@mail.example.com"}}},
    {"X-PHP-Filename: /var/www/html/i.php REMOTE_ADDR: 192.0.2.1\r\n",
	{{NOTHING(COLUMN_IDENTITY)}}},
    {"X-PHP-Filename: /var/www/website/i.php REMOTE_ADDR: 192.0.2.1\r\n",
	{{NOTHING(COLUMN_IDENTITY)}}},
    {"X-PHP-Filename: /srv/www/i.php REMOTE_ADDR: localhost\r\n",
	{{NOTHING(COLUMN_PHP_SCRIPT_IP)}, {NOTHING(COLUMN_IDENTITY)}}},
    {"X-Source: /usr/bin/php\r\nX-Source-Args: /usr/bin/php-cgi /home/calid/public_html/x.php  \r\n"
     "X-Source-Dir: shop.example:/public_html\r\n",
	{{"x-source", COLUMN_X_SOURCE, "/usr/bin/php"},
	    {"x-source-args", COLUMN_X_SOURCE_ARGS,
		"/usr/bin/php-cgi /home/calid/public_html/x.php"},
	    {"x-source-dir", COLUMN_X_SOURCE_DIR, "shop.example:/public_html"},
	    {"x-source-evidence", COLUMN_EVIDENCE,
		"/usr/bin/php /usr/bin/php-cgi /home/calid/public_html/x.php"
		" shop.example:/public_html"},
	    {"x-source-args-script", COLUMN_PHP_SCRIPT,
		"/usr/bin/php-cgi /home/calid/public_html/x.php"},
	    {"identity-x-source-dir", COLUMN_IDENTITY, "shop.example"}}},
    {"X-Source:\r\nX-Source-Args: lsphp:/ktq/public_html/wp-login.php\r\nX-Source-Dir: \r\n",
	{{"x-source-args-script", COLUMN_PHP_SCRIPT, "lsphp:/ktq/public_html/wp-login.php"},
	    {"x-source-args-evidence", COLUMN_EVIDENCE, "lsphp:/ktq/public_html/wp-login.php"}}},
    {"X-Source-Args: php-fpm: pool shop_example\r\nX-Source-Dir: :/base/horde/imp\r\n",
	{{"x-source-dir-script", COLUMN_PHP_SCRIPT, ":/base/horde/imp"},
	    {NOTHING(COLUMN_IDENTITY)}}},
    {"X-Source-Dir: /home/fgasper\r\n",
	{{"x-source-dir-evidence", COLUMN_EVIDENCE, "/home/fgasper"},
	    {"identity-x-source-dir", COLUMN_IDENTITY, "fgasper"}}},
    {"X-Source-Args: sh -c /usr/sbin/sendmail -t -i\r\n", {{NOTHING(COLUMN_PHP_SCRIPT)}}},
    {"X-Source-Args: /usr/sbin/proxyexec -q -d -s /var/run/proxyexec.sock /bin/cagefs.server\r\n",
	{{NOTHING(COLUMN_PHP_SCRIPT)}}},
    {"X-PPP-Vhost: shop.example\r\n", {{"plesk-vhost", COLUMN_VHOST, "shop.example"},
					  {"identity-vhost", COLUMN_IDENTITY, "shop.example"}}},
    {"X-PPP-Message-ID: <1.2.3@host.example>\r\nX-Source-L: No\r\nX-PHP-Version: 8\r\n",
	{{NOTHING(COLUMN_VHOST)}, {NOTHING(COLUMN_X_SOURCE)}, {NOTHING(COLUMN_PHP_SCRIPT)}}},
};

static const struct evidence_row sender_rows[] = {
    {"Received: from [192.0.2.1] (unknown [192.0.2.1])\r\n"
     "\t(using TLSv1.2 with cipher X (256/256 bits))\r\n\t(Authenticated sender: "
     "Info@Example.COM)\r\n"
     "\tby Mail.example.com (Postfix) with ESMTPSA id 1; x\r\n",
	{{"received-sender", COLUMN_AUTH_SENDER, "Info@Example.COM"},
	    {"identity-auth-sender", COLUMN_IDENTITY, "Info@example.com"},
	    {"email-auth-sender", COLUMN_AUTH_EMAIL, "Info@Example.COM"}}},
    {"Received: from a (b [192.0.2.1]) (Authenticated sender: diarinho)\r\n"
     "\tby Mail.example.com (Postfix) with ESMTPA id 1; x\r\n",
	{{"received-sender", COLUMN_AUTH_SENDER, "diarinho"},
	    {"identity-auth-sender", COLUMN_IDENTITY, "diarinho@mail.example.com"},
	    {NOTHING(COLUMN_AUTH_EMAIL)}}},
    {"Received: by smtp.example.com (Authenticated sender:\r\n\tabbotti-AT-example.co.uk) with X; "
     "x\r\n",
	{{"received-sender", COLUMN_AUTH_SENDER, "abbotti-AT-example.co.uk"}}},
    {"Received: from (((( (b [192.0.2.1]) (Authenticated sender: R.Teiwes (x (y)) z) by h; x\r\n",
	{{"received-sender", COLUMN_AUTH_SENDER, "R.Teiwes (x (y)) z"}}},
    {"Received: from a (Authenticated sender: ) by b; x\r\n"
     "Received: from Authenticated sender: x by b; x\r\n"
     "Received: from a (Not Authenticated sender: x) by b; x\r\n"
     "Received: from a (Authenticated sender: x by b; x\r\n",
	{{NOTHING(COLUMN_AUTH_SENDER)}}},
    {"X-Authenticated-Sender: host.example.com: backing@example.com\r\n",
	{{"x-authenticated-sender", COLUMN_AUTH_SENDER, "backing@example.com"}}},
    {"X-Authenticated-Sender: host.example.com: ampinggensantosg\r\n",
	{{"x-authenticated-sender", COLUMN_AUTH_SENDER, "ampinggensantosg"},
	    {"identity-auth-sender", COLUMN_IDENTITY, "ampinggensantosg@host.example.com"}}},
    {"X-Authenticated-Sender: backing@example.com\r\n",
	{{"x-authenticated-sender", COLUMN_AUTH_SENDER, "backing@example.com"}}},
    {"X-Authenticated-Sender: #0014308112@example.net\r\n",
	{{"x-authenticated-sender", COLUMN_AUTH_SENDER, "#0014308112@example.net"}}},
    {"X-Authenticated-Sender: host.example.com: a@b@a@b@example.io\r\n",
	{{"x-authenticated-sender", COLUMN_AUTH_SENDER, "a@b@a@b@example.io"}}},
    {"X-Authenticated-Sender: host.example.com:\r\n"
     "X-Get-Message-Sender-Via: host.example.com: authenticated_id:\r\n it@example.net\r\n",
	{{"x-get-message-sender-via", COLUMN_AUTH_SENDER, "it@example.net"}}},
    {"X-Authenticated-Sender: h.example: forged@example.com\r\nX-Authenticated-Sender: "
     "h.example:\r\n",
	{{NOTHING(COLUMN_AUTH_SENDER)}}},
    {"X-Get-Message-Sender-Via: h.example: authenticated_id: koston/from_h\r\n",
	{{"x-get-message-sender-via", COLUMN_AUTH_SENDER, "koston"},
	    {"identity-auth-sender", COLUMN_IDENTITY, "koston@h.example"}}},
    {"X-Get-Message-Sender-Via: h.example: authenticated_id: marketin/only user "
     "confirmed/virtual\r\n",
	{{"x-get-message-sender-via", COLUMN_AUTH_SENDER, "marketin"}}},
    {"X-Get-Message-Sender-Via: h.example: acl_c_authenticated_local_user: mailman/mailman\r\n",
	{{"x-get-message-sender-via", COLUMN_AUTH_SENDER, "mailman"}}},
    {"X-Get-Message-Sender-Via: h.example: sender_ident via received_protocol == local: user/x/y "
     "z\r\n",
	{{"x-get-message-sender-via", COLUMN_AUTH_SENDER, "user"}}},
    {"X-Get-Message-Sender-Via: h.example: mailgid via get_recent_authed_mail_ips_entry:"
     " u@example.com/cached: x\r\n",
	{{"x-get-message-sender-via", COLUMN_AUTH_SENDER, "u@example.com"}}},
    {"X-Get-Message-Sender-Via: h.example: redirect/forwarder owner a@example.com -> "
     "b@y.example\r\n",
	{{"x-get-message-sender-via", COLUMN_AUTH_SENDER, "a@example.com"}}},
    {"X-Get-Message-Sender-Via: h.example: authenticated_id: luca+example.net\r\n",
	{{"x-get-message-sender-via", COLUMN_AUTH_SENDER, "luca+example.net"}}},
    {"X-Get-Message-Sender-Via: h.example: none\r\n", {{NOTHING(COLUMN_AUTH_SENDER)}}},
    {"X-Get-Message-Sender-Via: h.example: mailgid no entry from "
     "get_recent_authed_mail_ips_entry\r\n",
	{{NOTHING(COLUMN_AUTH_SENDER)}}},
};

static const struct evidence_row user_rows[] = {
    {"X-Authuser: f.fuentes@Example.com\r\n",
	{{"x-authuser", COLUMN_AUTH_USER, "f.fuentes@Example.com"},
	    {"identity-auth-user", COLUMN_IDENTITY, "f.fuentes@example.com"},
	    {"email-auth-user", COLUMN_AUTH_EMAIL, "f.fuentes@Example.com"}}},
    {"X-AuthUser: \r\nX-Auth-User: mb\r\n", {{"x-auth-user", COLUMN_AUTH_USER, "mb"}}},
    {"X-Auth-User: sonic, whoson: (null)\r\n", {{"x-auth-user", COLUMN_AUTH_USER, "sonic"}}},
    {"X-Auth: refra@example.com\r\n", {{"x-auth", COLUMN_AUTH_USER, "refra@example.com"}}},
    {"X-SmarterMail-Auth: u@example.com\r\n",
	{{"smartermail-auth", COLUMN_AUTH_USER, "u@example.com"}}},
    {"X-SmarterMail-Authenticated-As: jay@example.com\r\n" TOP
     "X-SmarterMail-Authenticated-As: forged@example.com\r\n",
	{{"smartermail-authenticated-as", COLUMN_AUTH_USER, "jay@example.com"}}},
    {"X-Authenticated-User: Some One <secm@Example.com>\r\n",
	{{"x-authenticated-user", COLUMN_AUTH_USER, "Some One <secm@Example.com>"},
	    {"identity-auth-user", COLUMN_IDENTITY, "secm@example.com"},
	    {"email-identity", COLUMN_AUTH_EMAIL, "secm@example.com"}}},
    {"X-Authenticated-ID: afaghw\r\n", {{"x-authenticated-id", COLUMN_AUTH_USER, "afaghw"}}},
    {"X-TCPREMOTEIP: 192.0.2.1\r\nX-Authenticated-UID: yes@example.com\r\n",
	{{"x-authenticated-uid", COLUMN_AUTH_USER, "yes@example.com"}}},
    {"X-Auth-ID: hum5@example.com\r\n", {{"x-auth-id", COLUMN_AUTH_USER, "hum5@example.com"}}},
    {"X-Source-Auth: linumcmc\r\n", {{"x-source-auth", COLUMN_AUTH_USER, "linumcmc"}}},
    {"X-Originating-User: eavicoma\r\n", {{"x-originating-user", COLUMN_AUTH_USER, "eavicoma"}}},
    {"X-Originating-User:\r\nX-AuthUsers: x\r\nX-Authentication: x\r\nX-Authenticated: #1490710\r\n"
     "X-User: x\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {"X-Source-Cap: ZGVhdHJhdG87bWFkYWxlbmE7c3J2MS5leGFtcGxlLmNvbQ==\r\n",
	{{"x-source-cap", COLUMN_AUTH_USER, "deatrato"},
	    {"identity-auth-user", COLUMN_IDENTITY, "deatrato@srv1.example.com"}}},
    {"X-Source-Cap: ZGVhdHJhdG8=\r\n", {{NOTHING(COLUMN_AUTH_USER)}}},
    {"X-Identified-User: {642:box.example.com:virt:virt.example} {sentby:smtp auth 192.0.2.10"
     " authed with j@virt.example}\r\n",
	{{"x-identified-user", COLUMN_AUTH_USER, "j@virt.example"}}},
    {"X-Identified-User: {642:box.example.com:virt:virt.example} {sentby:smtp auth 192.0.2.10"
     " authed with store+virt.example}\r\n",
	{{"x-identified-user", COLUMN_AUTH_USER, "store+virt.example"}}},
    {TOP "Received: from box.example.com ([192.0.2.9]) by mail.example.com with ESMTP; x\r\n"
	 "X-Identified-User: {642:box.example.com:virt:v.example} {sentby:program running on "
	 "server}\r\n",
	{{"x-identified-user", COLUMN_AUTH_USER, "virt"},
	    {"identity-auth-user", COLUMN_IDENTITY, "virt@box.example.com"}}},
    {"X-Identified-User: {642:box.example.com:virt:virt.example} {sentby:forward}\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {"X-Identified-User: {642} {sentby:program running on server}\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {"X-Authed-Username: ZGFsQGV4YW1wbGUubmV0\r\n",
	{{"x-authed-username", COLUMN_AUTH_USER, "dal@example.net"}}},
    {"X-Authed-Username: dal@example.net\r\n", {{NOTHING(COLUMN_AUTH_USER)}}},
    {"X-Df-Sender: Nzc1MDY3\r\n", {{"x-df-sender", COLUMN_AUTH_USER, "775067"}}},
    {"X-Df-Sender: AAECAwQF\r\n", {{NOTHING(COLUMN_AUTH_USER)}}},
    {"X-GND-Sasl: u@example.com\r\n", {{"x-gnd-sasl", COLUMN_AUTH_USER, "u@example.com"}}},
    {"X-Webmail-UserID: u@example.com\r\n",
	{{"x-webmail-userid", COLUMN_AUTH_USER, "u@example.com"}}},
    {"X-FEAS-AUTH-USER: u@example.com\r\n",
	{{"x-feas-auth-user", COLUMN_AUTH_USER, "u@example.com"}}},
    {"X-EN-AuthUser: u@example.com\r\n", {{"x-en-authuser", COLUMN_AUTH_USER, "u@example.com"}}},
    {"X-Loopia-User: u@example.com\r\n", {{"x-loopia-user", COLUMN_AUTH_USER, "u@example.com"}}},
    {"X-MailChannels-SenderId: domene|x-authuser|post@example.no\r\n",
	{{"mailchannels-sender-id", COLUMN_AUTH_USER, "post@example.no"}}},
    {"X-MailChannels-SenderId: hostcpanel|x-authenticated-sender|cpl3.example.com: alux\r\n",
	{{"mailchannels-sender-id", COLUMN_AUTH_USER, "alux"},
	    {"identity-auth-user", COLUMN_IDENTITY, "alux@cpl3.example.com"}}},
    {"X-MailChannels-SenderId: _forwarded-from|192.0.2.1\r\n", {{NOTHING(COLUMN_AUTH_USER)}}},
    {"X-Authentication-Warning: web.example.com: www-data set sender to\r\n a@example.com using "
     "-f\r\n",
	{{"x-authentication-warning", COLUMN_AUTH_USER, "www-data"},
	    {"identity-system-user", COLUMN_IDENTITY, "www-data@web.example.com"}}},
    {"X-Authentication-Warning: h.example: Host root@localhost [127.0.0.1] claimed to be lugh\r\n"
     "X-Authentication-Warning: h.example: eugen owned process doing -bs\r\n",
	{{"x-authentication-warning", COLUMN_AUTH_USER, "eugen"}}},
    {"X-Authentication-Warning: h.example: lugh [192.0.2.1] didn't use HELO protocol\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {"X-Auth-Email: a@example.com\r\nX-AuthUser: b@example.com\r\n",
	{{"x-auth-email", COLUMN_AUTH_EMAIL, "a@example.com"}}},
    {"X-Authenticated-Email: a@example.com\r\n",
	{{"x-authenticated-email", COLUMN_AUTH_EMAIL, "a@example.com"}}},
    {"X-PopBeforeSMTPSenders: matt@example.com, other@example.com\r\n",
	{{"x-popbeforesmtp-senders", COLUMN_AUTH_EMAIL, "matt@example.com"}}},
    {"X-AuthEmail: a@example.com\r\nX-AuthUser: web1\r\nX-Email-Count: 393\r\n",
	{{NOTHING(COLUMN_AUTH_EMAIL)}}},
};

static const struct evidence_row login_rows[] = {
    {"Received: from unknown (HELO ?192.168.0.110?) (urp@example.com@192.0.2.202)\r\n"
     "  by mail.example.com with SMTP; x\r\n",
	{{"qmail-smtpd-login", COLUMN_AUTH_USER, "urp@example.com"}}},
    {"Received: from x (HELO y) (kappa@example.org)\r\n  by mail.example.com with SMTP; x\r\n",
	{{"qmail-smtpd-login", COLUMN_AUTH_USER, "kappa@example.org"}}},
    {"Received: from x (HELO y) (mfrench42@192.0.2.209 with login)\r\n  by mail.example.com; x\r\n",
	{{"qmail-smtpd-login", COLUMN_AUTH_USER, "mfrench42"},
	    {"identity-auth-user", COLUMN_IDENTITY, "mfrench42@mail.example.com"}}},
    {"Received: from x (mg@example.com@[192.0.2.79])\r\n (envelope-sender <a@example.com>)\r\n"
     " by 192.0.2.1 with ESMTPSA (AES256-SHA encrypted, authenticated); x\r\n",
	{{"qmail-smtpd-login", COLUMN_AUTH_USER, "mg@example.com"}}},
    {"Received: from x (?AL1b20iTMIHwZbG9ZCdQYQG3nsIe5jbe?@[127.0.0.1]) by y; x\r\n"
     "Received: from x (HELO y) () by z; x\r\nReceived: from x (192.0.2.1) by z; x\r\n"
     "Received: from x (Fri, 06 Oct 2023 10:25:28 +0100) by z; x\r\n"
     "Received: from x (root@host.example [192.0.2.1]) by z; x\r\n"
     "Received: from x (y [192.0.2.1]) (postmaster@example.com) by z; x\r\n"
     "Received: from x (envelope-from <a@192.0.2.1>) by z; x\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {"Received: from x (HELO y) (smtp-auth username relayok, mechanism cram-md5)\r\n by z; x\r\n",
	{{"received-login", COLUMN_AUTH_USER, "relayok"}}},
    {"Received: from x ([192.0.2.1])\r\n  (AUTH: LOGIN mk@example.net)\r\n  by y with esmtp; x\r\n",
	{{"received-login", COLUMN_AUTH_USER, "mk@example.net"}}},
    {"Received: from x (AUTH: LOGIN jast, TLS: TLSv1/SSLv3,128bits,AES128-SHA) by y; x\r\n",
	{{"received-login", COLUMN_AUTH_USER, "jast"}}},
    {"Received: from x (AUTH: CRAM-MD5 hosting@example.net) by y; x\r\n",
	{{"received-login", COLUMN_AUTH_USER, "hosting@example.net"}}},
    {"Received: from x (AUTH: LOGIN) by y; x\r\n", {{NOTHING(COLUMN_AUTH_USER)}}},
    {"Received: from x (y [192.0.2.1])\r\n\tby mx.example.com (OpenSMTPD) with ESMTPSA id 9\r\n"
     "\t(TLSv1.3:AEAD:256:NO) auth=yes user=me;\r\n\tx\r\n",
	{{"opensmtpd-login", COLUMN_AUTH_USER, "me"}}},
    {"Received: from x by mx.example.com (OpenSMTPD) with ESMTPSA id 9 auth=yes "
     "user=you@example.com"
     " for <a@example.com>; x\r\n",
	{{"opensmtpd-login", COLUMN_AUTH_USER, "you@example.com"}}},
    {"Received: from auth=yes user=me (y [192.0.2.1]) by z (Postfix); x\r\n"
     "Received: from x by y (OpenSMTPD) with ESMTP noauth=yes user=z; x\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {"Received: from x (account test@example.com [192.0.2.149] verified) by y with ESMTPSA; x\r\n",
	{{"received-login", COLUMN_AUTH_USER, "test@example.com"}}},
    {"Received: from x (account test HELO [192.0.2.149]) by y; x\r\n",
	{{"received-login", COLUMN_AUTH_USER, "test"}}},
    {"Received: from x (account closed by owner) by y; x\r\n", {{NOTHING(COLUMN_AUTH_USER)}}},
    {"Received: from 192.0.2.1 (proxying for 192.0.2.2)\r\n"
     "  (SquirrelMail authenticated user id@example.com)\r\n  by h.example with HTTP; x\r\n",
	{{"received-login", COLUMN_AUTH_USER, "id@example.com"}}},
    {"Received: from x (SquirrelMail user ek) by y; x\r\n", {{NOTHING(COLUMN_AUTH_USER)}}},
    {"Received: from x (authenticated as rr@example.ca) by y; x\r\n",
	{{"received-login", COLUMN_AUTH_USER, "rr@example.ca"}}},
    {"Received: from x (not authenticated as rr) by y; x\r\n"
     "Received: from x (authenticated assistant rr) by y; x\r\n"
     "X-Received: (authenticated as rr); x\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {"Received: from x (y [192.0.2.1]) (authenticated bits=0)\r\n by z (8.14.4/8.14.4); x\r\n"
     "Received: from x (authenticated) by y; x\r\nReceived: from x (authenticated (0 bits)) by y; "
     "x\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {"Received: from calid765 by host.example.com with local (Exim 4.95)\r\n"
     "\t(envelope-from <a@example.com>)\r\n\tid 1; x\r\n",
	{{"exim-local-user", COLUMN_AUTH_USER, "calid765"},
	    {"identity-auth-user", COLUMN_IDENTITY, "calid765@host.example.com"}}},
    {"Received: from calid765 (helo=client.example) by h.example with local-esmtp (Exim 3.13)\r\n"
     "\tid 1; x\r\n",
	{{"exim-local-user", COLUMN_AUTH_USER, "calid765"}}},
    /* What ident said of a client of sendmail is no login. */
    {"Received: from c.example (IDENT:nobody@[192.0.2.1]) by h.example (8.9.3/8.9.3) with SMTP\r\n"
     "\tid 1; x\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {"Received: from c.example (somebody@[192.0.2.1])\r\n\tby h.example (8.12.5/8.12.5) with SMTP; "
     "x\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {"Received: from www-data by h.example with local-bsmtp (Exim 3.35 #1)\r\n\tid 1; x\r\n",
	{{"exim-local-user", COLUMN_AUTH_USER, "www-data"}}},
    {"Received: from root by h.example with local-spamexperts-generated (Exim 4.85)\r\n id 1; x\r\n"
     "Received: from mail.example.com ([192.0.2.1]) by h with local (Exim 4); x\r\n"
     "Received: from user by h.example with esmtp (Exim 4); x\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {"Received: (from kette@localhost)\r\n\tby h.example (8.14.4/8.14.4/Submit) id w1; x\r\n",
	{{"sendmail-local-user", COLUMN_AUTH_USER, "kette"},
	    {"identity-auth-user", COLUMN_IDENTITY, "kette@h.example"}}},
    {"Received: (from kette@remote.example) by h; x\r\n"
     "Received: from x (from kette@localhost) by h; x\r\nReceived: (from a b@localhost) by h; "
     "x\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}}},
    /* Ranks: a login from a header goes before one from Received, that before a local user. */
    {"Received: from u by h.example with local (Exim 4); x\r\n"
     "Received: from x (AUTH: LOGIN jast) by y; x\r\nX-Source-Auth: z\r\n",
	{{"x-source-auth", COLUMN_AUTH_USER, "z"}}},
    {"Received: from u by h.example with local (Exim 4); x\r\n"
     "Received: from x (AUTH: LOGIN jast) by y; x\r\n",
	{{"received-login", COLUMN_AUTH_USER, "jast"}}},
};

/* Logins in the words of other servers; what a client says of itself is never one. */
#define LINE(text) TOP "Received: " text "; Mon, 5 Aug 2024 00:51:45 +0000\r\n"
#define BY         " by mail.example.com with ESMTPA id 1"

static const struct evidence_row comment_rows[] = {
    {LINE("from pc ([198.51.100.7])\r\n\t(authenticated user m@customer.example)" BY),
	{{"received-login", COLUMN_AUTH_USER, "m@customer.example"},
	    {"login-received", COLUMN_LOGIN_IP, "198.51.100.7"}}},
    {LINE("from pc (dsl.example.net [198.51.100.7]) (authenticated bits=0)\r\n"
	  "\t(User authenticated as M@CUSTOMER.EXAMPLE)" BY),
	{{"received-login", COLUMN_AUTH_USER, "M@CUSTOMER.EXAMPLE"}}},
    {LINE("from pc (dsl.example.net [198.51.100.7]) (user=alu mech=LOGIN bits=0)" BY),
	{{"received-login", COLUMN_AUTH_USER, "alu"},
	    {"identity-auth-user", COLUMN_IDENTITY, "alu@mail.example.com"}}},
    {LINE("from 198.51.100.7 (auth. user m@imap.customer.example) by w.example.com with HTTP"),
	{{"received-login", COLUMN_AUTH_USER, "m@imap.customer.example"}}},
    {LINE("from pc ([198.51.100.7]) (AUTHENTICATED USER: \"m@customer.example\")" BY),
	{{"received-login", COLUMN_AUTH_USER, "m@customer.example"}}},
    {LINE("from pc ([198.51.100.7]) (authenticated_user=<m@customer.example>)" BY),
	{{"received-login", COLUMN_AUTH_USER, "m@customer.example"}}},
    {LINE("from pc ([198.51.100.7]) (Authenticated: m@customer.example)" BY),
	{{"received-login", COLUMN_AUTH_USER, "m@customer.example"}}},
    {LINE("from pc ([198.51.100.7]) (authenticated bits=0 user=m mech=PLAIN)" BY),
	{{"received-login", COLUMN_AUTH_USER, "m"}}},
    {LINE("from pc ([198.51.100.7]) (SMTP-AUTH user m, mechanism plain)" BY),
	{{"received-login", COLUMN_AUTH_USER, "m"}}},
    {LINE("from pc ([198.51.100.7]) (sasl_username=m@customer.example, TLS)" BY),
	{{"received-login", COLUMN_AUTH_USER, "m@customer.example"}}},
    {LINE("from pc ([198.51.100.7]) (logged in as m@customer.example)" BY),
	{{"received-login", COLUMN_AUTH_USER, "m@customer.example"}}},
    {LINE("from pc ([198.51.100.7]) (Auth User: m@customer.example.)" BY),
	{{"received-login", COLUMN_AUTH_USER, "m@customer.example"}}},
    {LINE("from pc ([198.51.100.7]) (login=m@customer.example)" BY),
	{{"received-login", COLUMN_AUTH_USER, "m@customer.example"}}},
    {LINE("from pc ([198.51.100.7]) by mail.example.com (Authenticated as m) with ESMTPA"),
	{{"received-login", COLUMN_AUTH_USER, "m"}}},
    {LINE("from pc ([198.51.100.7]) (authenticated as m@customer.example with PLAIN)" BY),
	{{"received-login", COLUMN_AUTH_USER, "m@customer.example"}}},
    {LINE("from pc ([198.51.100.7]) (AUTH: PLAIN m@customer.example, SSL: TLSv1.3,128bits)" BY),
	{{"received-login", COLUMN_AUTH_USER, "m@customer.example"}}},
    {LINE("from [198.51.100.7] (account m@customer.example)\r\n  by mail.example.com (CommuniGate "
	  "Pro WebUser 6.2)\r\n  with HTTP id 12"),
	{{"received-login", COLUMN_AUTH_USER, "m@customer.example"}}},
    {LINE("from x ([198.51.100.7]) by mail.example.com (MOS 3.10.6-GA)\r\n\twith ESMTP id AB1 "
	  "(AUTH m)"),
	{{"received-login", COLUMN_AUTH_USER, "m"},
	    {"identity-auth-user", COLUMN_IDENTITY, "m@mail.example.com"}}},
    {LINE("from d.example.net ([198.51.100.7]:51871 \"EHLO\r\n\t[192.168.1.5]\" smtp-auth: \"m\" "
	  "TLS-CIPHER: \"AES256-SHA\" TLS-PEER-CN1: <none>)" BY),
	{{"received-login", COLUMN_AUTH_USER, "m"},
	    {"identity-auth-user", COLUMN_IDENTITY, "m@mail.example.com"}}},
    {LINE("by mail.example.com with esmtpsa  [Authenticated ID (932193)]  (TLS1.2:AES_256:256)\r\n"
	  "\t(Exim 4.93) id 1"),
	{{"received-login", COLUMN_AUTH_USER, "932193"},
	    {"identity-auth-user", COLUMN_IDENTITY, "932193@mail.example.com"}}},
    {LINE("from 198.51.100.7 ( [198.51.100.7]) as user m@localhost by w.example.com with HTTP"),
	{{"imp-login", COLUMN_AUTH_USER, "m@localhost"},
	    {"identity-auth-user", COLUMN_IDENTITY, "m@w.example.com"}}},
    {LINE("from u1 (Authenticated sender u1@srv5.example.com)\r\n\tby srv5.example.com with local"
	  " (Exim 4.92)"),
	{{"exim-local-user", COLUMN_AUTH_USER, "u1"},
	    {"received-sender", COLUMN_AUTH_SENDER, "u1@srv5.example.com"}}},
    {LINE("from u1 (uid 1017)\r\n\t(envelope-from u1@h.example.com)\r\n\tid 5404ad\r\n"
	  "\tby h.example.com (DragonFly Mail Agent v0.14 on h)"),
	{{"dma-uid", COLUMN_QMAIL_UID, "1017"}, {"dma-local-user", COLUMN_AUTH_USER, "u1"},
	    {"identity-auth-user", COLUMN_IDENTITY, "u1@h.example.com"}}},
    {LINE("from localhost (localhost [127.0.0.1])\r\n  (uid 1017)\r\n  by mail.example.com with "
	  "local"),
	{{"courier-uid", COLUMN_QMAIL_UID, "1017"},
	    {"identity-uid", COLUMN_IDENTITY, "uid 1017@mail.example.com"}}},
    {LINE("indimail-mta queue 1 by host mail.example.com (invoked from network 198.51.100.7, by "
	  "uid 1024)"),
	{{"qmail-mode", COLUMN_INVOKED_FOR, "network"}, {NOTHING(COLUMN_QMAIL_UID)}}},
    {LINE("indimail-mta queue 1 by host mail.example.com (invoked by uid 5017)"),
	{{"qmail-uid", COLUMN_QMAIL_UID, "5017"}}},
    {LINE("from u (HELO pc) (m@customer.example@[IPv6:2001:db8::7]) by mail.example.com with SMTP"),
	{{"qmail-smtpd-login", COLUMN_AUTH_USER, "m@customer.example"}}},
    {LINE("from u (HELO pc) (m@198.51.100.7 with plain [192.0.2.9]) by mail.example.com with SMTP"),
	{{"qmail-smtpd-login", COLUMN_AUTH_USER, "m"}}},
    {LINE("(from m@h.example.com) by h.example.com (8.17/8.17)"),
	{{"sendmail-local-user", COLUMN_AUTH_USER, "m"}}},

    /* In front of the client's address its own name stands; behind HELO, too. */
    {LINE("from x (Authenticated sender: v@bank.example) (dsl.example.net [198.51.100.7])" BY),
	{{NOTHING(COLUMN_AUTH_SENDER)}, {NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from x ([192.0.2.1]) (authenticated user v@bank.example) (dsl.example.net "
	  "[198.51.100.7])" BY),
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from d.example.net ([198.51.100.7] helo=authenticated user v)" BY),
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from d.example.net (HELO user=v@bank.example) (198.51.100.7)" BY),
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from [198.51.100.7] (EHLO authenticated as v@bank.example)" BY),
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from d.example.net ([198.51.100.7] helo=x (authenticated as v@bank.example))" BY),
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from x ([198.51.100.7] ident=user=v)" BY), {{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from x (d.example.net [198.51.100.7]) (Client CN \"authenticated user v\", Issuer "
	  "\"user=v\" (verified OK))" BY),
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from x ([198.51.100.7])" BY " for <\"(authenticated user v)\"@bank.example>"),
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from x ([198.51.100.7])" BY " (envelope-from <\"(user=v)\"@bank.example>)"),
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from x ([198.51.100.7])" BY) "Subject: (authenticated user v)\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {TOP "Received: from x ([198.51.100.7])" BY "; Mon (authenticated user v)\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from authenticated-user (d.example.net [198.51.100.7])" BY),
	{{NOTHING(COLUMN_AUTH_USER)}, {"identity-ip-username", COLUMN_IDENTITY, "192.0.2.10"}}},
    {LINE("from x ([198.51.100.7]) (authenticated: yes)" BY), {{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from x ([198.51.100.7]) (auth=PLAIN)" BY), {{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from x ([198.51.100.7]:51871 \"EHLO x smtp-auth: v\" smtp-auth: <none>)" BY),
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from x ([198.51.100.7]:51871 \"EHLO \\\" smtp-auth: \\\"v\" smtp-auth: <none>)" BY),
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from x ([198.51.100.7]:51871 \"EHLO x\" rhost-flags-OK-OK-OK-OK)" BY),
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from x ([198.51.100.7]:51871 helo=\"a\" smtp-auth: \"v\")" BY),
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from x ([198.51.100.7]:51871 \"EHLO a\" smtp-auth: \"v\" smtp-auth: <none>)" BY),
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from [Authenticated ID (932193)] ([198.51.100.7])" BY), {{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from a by b [Authenticated ID (932193)] (x [198.51.100.7])" BY),
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from a (Authenticated sender: v) by b (x [198.51.100.7])" BY),
	{{NOTHING(COLUMN_AUTH_SENDER)}}},
    {LINE("from x ([198.51.100.7])" BY " (AUTH LOGIN)"), {{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from x ([198.51.100.7])" BY " (AUTH SCRAM-SHA-256)"), {{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from x ([198.51.100.7])" BY " (AUTH OAUTHBEARER)"), {{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from x ([198.51.100.7])" BY " (AUTH v w)"), {{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from (AUTH v) ([198.51.100.7])" BY), {{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from x ([198.51.100.7]) (account disabled)" BY), {{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from x ([198.51.100.7]) (uid 1017) by mail.example.com with SMTP"),
	{{NOTHING(COLUMN_QMAIL_UID)}}},
    {LINE("from x ([198.51.100.7]) (uid 1017x) by mail.example.com with local"),
	{{NOTHING(COLUMN_QMAIL_UID)}}},
    {LINE("from x ([198.51.100.7]) (user unknown)" BY), {{NOTHING(COLUMN_AUTH_USER)}}},
    {LINE("from MAILER-DAEMON (uid 0) (envelope-from ) id 1 by h.example.com (DragonFly Mail Agent "
	  "v0.13)"),
	{{NOTHING(COLUMN_AUTH_USER)}}},
};

/* Fields of providers, and those that nobody has described. */
static const struct evidence_row provider_rows[] = {
    {TOP "X-Authenticated-As: m@customer.example\r\n",
	{{"x-authenticated-as", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-Authenticated_ID: m@customer.example\r\n",
	{{"x-authenticated-underscore-id", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-Authentication-Info: Submitted using SMTP AUTH LOGIN at web02.example.com from "
	 "[198.51.100.7] using ID <m@customer.example> at Tue, 10 Feb 2026\r\n",
	{{"x-authentication-info", COLUMN_AUTH_USER, "m@customer.example"},
	    {"authentication-info-ip", COLUMN_LOGIN_IP, "198.51.100.7"}}},
    {TOP "X-Authentication-Info: Submitted using SMTP AUTH at h from [198.51.100.7] using ID m at "
	 "Tue\r\n",
	{{"x-authentication-info", COLUMN_AUTH_USER, "m"},
	    {"identity-auth-user", COLUMN_IDENTITY, "m@mail.example.com"}}},
    {TOP "X-ESMTP-Authenticated-User: 00022B69\r\n",
	{{"x-esmtp-authenticated-user", COLUMN_AUTH_USER, "00022B69"}}},
    {TOP "X-MagicMail-Authenticated: m@customer.example\r\n",
	{{"x-magicmail-authenticated", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-122-reg-Authenticated: m@customer.example\r\n",
	{{"x-122-reg-authenticated", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-Eyou-Smtpauth: m@customer.example\r\nX-Eyou-Sender: <o@customer.example>\r\n",
	{{"x-eyou-smtpauth", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-EMDG-SMTPAUTH: m@customer.example\r\n",
	{{"x-emdg-smtpauth", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-ME-Auth: bUBjdXN0b21lci5leGFtcGxl\r\n",
	{{"x-me-auth", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-MHO-User: 5f1d8e0a-1111-2222-3333-444455556666\r\n",
	{{"x-mho-user", COLUMN_AUTH_USER, "5f1d8e0a-1111-2222-3333-444455556666"}}},
    {TOP "X-SG-User: web17\r\nX-SG-Opt:  USER:USER=web17  "
	 "SCRIPT_FILENAME:SCRIPT_FILENAME=/home/web17/x.php  REMOTE_ADDR:REMOTE_ADDR=198.51.100.7 "
	 "\r\n",
	{{"x-sg-user", COLUMN_AUTH_USER, "web17"},
	    {"x-sg-opt", COLUMN_PHP_SCRIPT, "/home/web17/x.php"},
	    {"x-sg-opt-ip", COLUMN_PHP_SCRIPT_IP, "198.51.100.7"}}},
    {TOP "X-EN-Info: U=dom.u1 P=/ap.php\r\nX-EN-CGIUser: dom.u1\r\nX-EN-CGIPath: /ap.php\r\n"
	 "X-EN-OrigIP: 198.51.100.7\r\n",
	{{"x-en-cgiuser", COLUMN_AUTH_USER, "dom.u1"},
	    {"x-en-cgipath", COLUMN_PHP_SCRIPT, "/ap.php"},
	    {"x-en-origip", COLUMN_PHP_SCRIPT_IP, "198.51.100.7"},
	    {"identity-auth-user", COLUMN_IDENTITY, "dom.u1@mail.example.com"},
	    {"identity-kind", COLUMN_IDENTITY_KIND, "user"}}},
    {TOP "X-SECURESERVER-ACCT: m@customer.example  \r\n",
	{{"x-secureserver-acct", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-Halon-ID: 1\r\nAuthorized-sender: m@customer.example\r\n",
	{{"authorized-sender", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "Authorized-sender: yes\r\n", {{NOTHING(COLUMN_AUTH_USER)}}},
    {TOP "X-SENDER: alias@customer.example\r\nX-LOGIN-NAME: m@customer.example\r\n",
	{{"x-login-name", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-Rid:  m@customer.example@198.51.100.7\r\n",
	{{"x-rid", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-Rid: 6757db031aead165d03be763efbfabc0\r\n", {{NOTHING(COLUMN_AUTH_USER)}}},
    {TOP "X-Biglobe-Sender: <m@customer.example>\r\n",
	{{"x-biglobe-sender", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-Session-Marker: 6D40637573746F6D65722E6578616D706C65\r\n",
	{{"x-session-marker", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-SubmittedBy: id m@customer.example subject /O=Example/CN=v@bank.example issuer "
	 "/O=CA\r\n",
	{{"x-submittedby", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-SendingUser: web17\r\nX-SendingServer: mail.example.com\r\n",
	{{"x-sendinguser", COLUMN_AUTH_USER, "web17"}}},
    {TOP "X-Authenticated-Id: hidden\r\nX-SendingUser: hidden\r\nX-SendingServer: hidden\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}, {"identity-ip-username", COLUMN_IDENTITY, "192.0.2.10"}}},
    {TOP "X-Session-Marker: 7d3f\r\n", {{NOTHING(COLUMN_AUTH_USER)}}},
    {TOP "X-Authenticated: m@customer.example\r\n",
	{{"x-authenticated", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-Authenticated: #1490710\r\n", {{NOTHING(COLUMN_AUTH_USER)}}},
    {TOP "X-AUTH: m@:2500\r\n", {{"x-auth", COLUMN_AUTH_USER, "m"},
				    {"identity-auth-user", COLUMN_IDENTITY, "m@mail.example.com"}}},
    {TOP "X-User: m@customer.example\r\n",
	{{"guessed-field", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-User: 12345\r\n", {{NOTHING(COLUMN_AUTH_USER)}}},
    {TOP "X-bounce-key: pack.example.com;m@customer.example;1770724798;0d9930ff;\r\n",
	{{"x-bounce-key", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-Sender-Info: <607000123@web41.example.com>\r\n",
	{{"x-sender-info", COLUMN_AUTH_USER, "607000123@web41.example.com"}}},
    {TOP "X-OriginatingIP: 198.51.100.7 (m)\r\n",
	{{"x-originatingip", COLUMN_AUTH_USER, "m"},
	    {"originatingip", COLUMN_IP_USERNAME, "198.51.100.7"},
	    {"originatingip-login", COLUMN_LOGIN_IP, "198.51.100.7"}}},
    {TOP "X-Migadu-Auth-User: customer.example\r\n",
	{{"x-migadu-auth-user", COLUMN_AUTH_USER, "customer.example"},
	    {"identity-auth-user", COLUMN_IDENTITY, "customer.example"},
	    {"identity-kind", COLUMN_IDENTITY_KIND, "site"}}},
    {TOP "X-Migadu-Auth-User: m@customer.example\r\n",
	{{"identity-kind", COLUMN_IDENTITY_KIND, "account"}}},
    {TOP "X-Relaying-Domain: customer.example\r\n",
	{{"x-relaying-domain", COLUMN_AUTH_USER, "customer.example"}}},
    {TOP "X-MailChannels-SenderId: _forwarded-from|web1.example.net:userid:1159\r\n",
	{{"mailchannels-uid", COLUMN_QMAIL_UID, "1159"},
	    {"identity-uid", COLUMN_IDENTITY, "uid 1159@web1.example.net"}}},
    {TOP "X-MailChannels-SenderId: x|web1.example.net:userid:root\r\n",
	{{NOTHING(COLUMN_QMAIL_UID)}}},
    {TOP "Received: by web1.example.com (Postfix, from userid 10003); x\r\n"
	 "X-Additional-Header: /var/www/vhosts/customer.example/httpdocs\r\n",
	{{"x-additional-header", COLUMN_PHP_SCRIPT, "/var/www/vhosts/customer.example/httpdocs"},
	    {"identity-additional-header", COLUMN_IDENTITY, "customer.example"}}},
    /* Mail of others that a customer has sent on. */
    {TOP "X-AuthUser:\r\nX-Forwarded-For: Customer.example\r\n",
	{{"identity-forwarded-for", COLUMN_IDENTITY, "Customer.example"},
	    {"identity-kind", COLUMN_IDENTITY_KIND, "site"}, {NOTHING(COLUMN_AUTH_USER)}}},
    {TOP "X-Zimbra-Forwarded: m@customer.example\r\n",
	{{"identity-zimbra-forwarded", COLUMN_IDENTITY, "m@customer.example"},
	    {"identity-kind", COLUMN_IDENTITY_KIND, "account"}}},
    {TOP "X-Sieve: Pigeonhole Sieve 0.5.21\r\nX-Sieve-Redirected-From: <m@customer.example>\r\n",
	{{"identity-sieve-redirected", COLUMN_IDENTITY, "m@customer.example"}}},
    {TOP "Delivered-To: m@customer.example\r\n"
	 "Received: by mail.other.example (Postfix, from userid 1017); x\r\n",
	{{"identity-delivered-to", COLUMN_IDENTITY, "m@customer.example"},
	    {"postfix-userid", COLUMN_QMAIL_UID, "1017"}}},
    {TOP "Received: from mx.other.example ([198.51.100.7]) by mail.example.com with esmtps (Exim "
	 "4.98)"
	 " for m@customer.example; x\r\n"
	 "Received: from pc ([198.51.100.8]) (Authenticated sender: z@other.example)"
	 " by mx.other.example (Postfix) with ESMTPSA id 3; x\r\n"
	 "X-Get-Message-Sender-Via: mail.example.com: redirect/forwarder owner\r\n"
	 " m@customer.example -> r@example.org\r\n",
	{{"identity-forwarder-owner", COLUMN_IDENTITY, "m@customer.example"},
	    {"received-sender", COLUMN_AUTH_SENDER, "z@other.example"}}},
    {TOP "X-Forwarded-For: 198.51.100.7, 10.0.0.1\r\n",
	{{"identity-ip-username", COLUMN_IDENTITY, "192.0.2.10"}}},
    {TOP "X-Forwarded-For: 198.51.100.7\r\n",
	{{"identity-ip-username", COLUMN_IDENTITY, "192.0.2.10"}}},
    {TOP "X-Forwarded-For: v@bank.example m@customer.example\r\n",
	{{"identity-ip-username", COLUMN_IDENTITY, "192.0.2.10"}}},
    {TOP "Received: by mail.example.com (Postfix, from userid 1017); x\r\n"
	 "X-Forwarded-For: bank.example\r\n",
	{{"identity-uid", COLUMN_IDENTITY, "uid 1017@mail.example.com"}}},
    {TOP "X-Forwarded-For: bank.example\r\nX-Brand-Domain: out.example.com\r\n"
	 "X-Brand-Username: u1\r\nX-Brand-Outgoing-Class: spam\r\n",
	{{"identity-ip-username", COLUMN_IDENTITY, "u1@out.example.com"}}},
    {TOP "Authentication-Results: mail.example.com; auth=pass (plain) "
	 "smtp.auth=m@customer.example\r\n"
	 "Received: from x ([198.51.100.7]) by mail.example.com with ESMTPSA; x\r\n",
	{{"own-smtp-auth", COLUMN_AUTH_USER, "m@customer.example"}, {NOTHING(COLUMN_AUTH_SENDER)},
	    {"received-client", COLUMN_IP_USERNAME, "192.0.2.10"}}},
    {TOP "ARC-Authentication-Results: i=1; mail.example.com;\r\n\tdkim=none; auth=pass "
	 "smtp.auth=m\r\n"
	 "Received: from x ([198.51.100.7]) by mail.example.com with ESMTPSA; x\r\n",
	{{"own-arc-smtp-auth", COLUMN_AUTH_USER, "m"},
	    {"identity-auth-user", COLUMN_IDENTITY, "m@mail.example.com"}}},
    /* Not of the server that wrote the line beside it, or not passed. */
    {TOP "Authentication-Results: mx.bank.example; auth=pass smtp.auth=v@bank.example\r\n"
	 "Received: from x ([198.51.100.7]) by mail.example.com with ESMTPSA; x\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {TOP "Authentication-Results: mail.example.com; auth=fail smtp.auth=v@bank.example\r\n"
	 "Received: from x ([198.51.100.7]) by mail.example.com with ESMTPSA; x\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}}},
    {TOP "Authentication-Results: mail.example.com; auth=pass (login)\r\n"
	 "Received: from x ([198.51.100.7]) by mail.example.com with ESMTPSA; x\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}}},

    {TOP "X-Foo-Auth-User: m@customer.example\r\n",
	{{"guessed-field", COLUMN_AUTH_USER, "m@customer.example"},
	    {"identity-guessed-field", COLUMN_IDENTITY, "m@customer.example"}}},
    {TOP "X-Foo-Authenticated-User: web17\r\n",
	{{"identity-guessed-field", COLUMN_IDENTITY, "web17@mail.example.com"}}},
    {TOP "X-Foo-Auth-Username: m@customer.example@198.51.100.7\r\n",
	{{"guessed-field", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-Foo-SMTPAuth: <m@customer.example> from 198.51.100.7\r\n",
	{{"guessed-field", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-Foo-SMTP-Auth: bUBjdXN0b21lci5leGFtcGxl\r\n",
	{{"guessed-field", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-Foo-Authenticated: 6D40637573746F6D65722E6578616D706C65\r\n",
	{{"guessed-field", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-Foo-Authenticated-Sender: m%40customer.example\r\n",
	{{"guessed-field", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-SASL-Username: web17@[198.51.100.7]\r\n",
	{{"guessed-field", COLUMN_AUTH_USER, "web17"}}},
    {TOP "X-User-Auth: Auth by m@customer.example through 198.51.100.7\r\n",
	{{"guessed-field", COLUMN_AUTH_USER, "m@customer.example"}}},
    {TOP "X-Foo-Auth-User: yes\r\nX-Foo-Authenticated: 198.51.100.7\r\nX-Author-User: "
	 "m@b.example\r\n"
	 "X-Foo-Authenticated-IP: 198.51.100.7\r\nX-Authentication-Results: h; spf=pass "
	 "smtp.mailfrom=m@b.example\r\nX-Foo-Auth-Token-Id: abc\r\nX-MS-Exchange-AuthAs-User: a\r\n"
	 "X-Foo-Auth-Sender: web17\r\nX-RZG-AUTH: :P2EQZ0W6W/Ckj\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}, {"identity-ip-username", COLUMN_IDENTITY, "192.0.2.10"}}},
    /* A script can write such a field: what a server wrote goes before it. */
    {TOP "Received: by mail.example.com (Postfix, from userid 1017); x\r\n"
	 "X-Foo-Auth-User: v@bank.example\r\n",
	{{"identity-uid", COLUMN_IDENTITY, "uid 1017@mail.example.com"}}},
    {TOP "Received: by mail.example.com (Postfix, from userid 33); x\r\n"
	 "X-Foo-Auth-User: m@customer.example\r\n",
	{{"identity-guessed-field", COLUMN_IDENTITY, "m@customer.example"}}},
    /* Words that are no account. */
    {TOP "X-AUTH: Authorized\r\n", {{NOTHING(COLUMN_AUTH_USER)}}},
    {TOP "X-AuthUser: none\r\nX-Auth-User: yes\r\nX-Authenticated-User: (null)\r\n"
	 "X-Authenticated-Sender: unknown\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}, {NOTHING(COLUMN_AUTH_SENDER)}}},
    /* A mailbox has one name. */
    {TOP
	"X-Get-Message-Sender-Via: mail.example.com: authenticated_id: m+customer.example/only\r\n",
	{{"identity-auth-sender", COLUMN_IDENTITY, "m@customer.example"}}},
    {TOP "X-AuthUser: m+customer.example@mail.example.com\r\n",
	{{"identity-auth-user", COLUMN_IDENTITY, "m@customer.example"}}},
    {TOP "X-AuthUser: m%customer.example\r\n",
	{{"identity-auth-user", COLUMN_IDENTITY, "m@customer.example"}}},
    {TOP "X-AuthUser: m+news\r\n",
	{{"identity-auth-user", COLUMN_IDENTITY, "m+news@mail.example.com"}}},
    {TOP "X-AuthUser: m+news@customer.example\r\n",
	{{"identity-auth-user", COLUMN_IDENTITY, "m+news@customer.example"}}},
};

/* System accounts rank behind everything that names a customer. */
static const struct evidence_row system_rows[] = {
    {TOP "Received: by mail.example.com (Postfix, from userid 33); x\r\n"
	 "X-PHP-Originating-Script: 1017:x.php\r\n",
	{{"postfix-userid", COLUMN_QMAIL_UID, "33"},
	    {"identity-php-owner", COLUMN_IDENTITY, "uid 1017@mail.example.com"},
	    {"identity-kind", COLUMN_IDENTITY_KIND, "user"}}},
    {TOP "Received: by mail.example.com (Postfix, from userid 48); x\r\n"
	 "X-PHP-Originating-Script: 48:x.php\r\nX-PHP-Script: shop.example/x.php for 192.0.2.1\r\n",
	{{"identity-php-script", COLUMN_IDENTITY, "shop.example/x.php"}}},
    {TOP "Received: from apache by mail.example.com with local (Exim 4); x\r\n"
	 "X-PHP-Script: shop.example/x.php for 192.0.2.1\r\n",
	{{"exim-local-user", COLUMN_AUTH_USER, "apache"},
	    {"identity-php-script", COLUMN_IDENTITY, "shop.example/x.php"},
	    {"identity-kind", COLUMN_IDENTITY_KIND, "script"}}},
    {TOP "Received: from nobody by mail.example.com with local (Exim 4); x\r\n"
	 "X-PHP-Originating-Script: 1017:x.php\r\n",
	{{"identity-uid", COLUMN_IDENTITY, "uid 1017@mail.example.com"}}},
    {TOP "Received: from www-data by mail.example.com with local (Exim 4); x\r\n",
	{{"identity-system-user", COLUMN_IDENTITY, "www-data@mail.example.com"},
	    {"identity-kind", COLUMN_IDENTITY_KIND, "system"}}},
    {TOP "Received: by mail.example.com (Postfix, from userid 65534); x\r\n",
	{{"identity-system-uid", COLUMN_IDENTITY, "uid 65534@mail.example.com"}}},
    {TOP "X-Authenticated-Sender: mail.example.com: root\r\nX-Source-Dir: shop.example:/a\r\n",
	{{"identity-x-source-dir", COLUMN_IDENTITY, "shop.example"}}},
    {TOP "X-Authenticated-Sender: mail.example.com: root\r\n",
	{{"identity-system-sender", COLUMN_IDENTITY, "root@mail.example.com"}}},
    {TOP "X-AuthUser: www@customer.example\r\n",
	{{"identity-auth-user", COLUMN_IDENTITY, "www@customer.example"}}},
    {TOP "X-AuthUser: nobody@mail.example.com\r\nX-PPP-Vhost: shop.example\r\n",
	{{"identity-vhost", COLUMN_IDENTITY, "shop.example"}}},
    /* A content filter puts mail back under a uid of its own. */
    {TOP "Received: by mail.example.com (Postfix, from userid 99); x\r\n"
	 "Received: from web5.example.com (unknown [10.0.0.5])\r\n"
	 "\tby mail.example.com (Postfix) with ESMTP; x\r\n"
	 "Received: by web5.example.com (Postfix, from userid 10299); x\r\n",
	{{"postfix-userid", COLUMN_QMAIL_UID, "99"},
	    {"identity-lower-uid", COLUMN_IDENTITY, "uid 10299@web5.example.com"}}},
    {TOP "Received: by mail.example.com (Postfix, from userid 1001); x\r\n"
	 "Received: from web5.example.com (unknown [10.0.0.5])\r\n"
	 "\tby mail.example.com (Postfix) with ESMTP; x\r\n"
	 "Received: from web12 by web5.example.com with local (Exim 4); x\r\n",
	{{"identity-auth-user", COLUMN_IDENTITY, "web12@web5.example.com"}}},
    {TOP "Received: from nobody by mail.example.com with local (Exim 4); x\r\n"
	 "Received: from web5.example.com ([192.0.2.66]) by mail.example.com with esmtp (Exim 4); "
	 "x\r\n"
	 "Received: from web12 by web5.example.com with local (Exim 4); x\r\n",
	{{"identity-lower-user", COLUMN_IDENTITY, "web12@web5.example.com"}}},
    {TOP "Received: by mail.example.com (Postfix, from userid 33); x\r\n"
	 "Received: by mail.example.com (Postfix, from userid 1017); x\r\n",
	{{"identity-system-uid", COLUMN_IDENTITY, "uid 33@mail.example.com"}}},
};

/* The host is what those know who took the message. */
#define FROM_ADDRESS                                                                               \
	"Received: from [192.0.2.66] (helo=ns1.bank.example)\r\n"                                  \
	"\tby filter.example.net with esmtps (Exim 4.98) id 1abcdE-00000002z2s-3vhE; x\r\n"

static const struct evidence_row host_rows[] = {
    {FROM_ADDRESS "Received: by ns1.bank.example (Postfix, from userid 1001); x\r\n",
	{{"identity-uid", COLUMN_IDENTITY, "uid 1001@192.0.2.66"}}},
    {FROM_ADDRESS "Received: (qmail 1 invoked by uid 1001); x\r\n",
	{{"identity-uid", COLUMN_IDENTITY, "uid 1001@192.0.2.66"}}},
    {FROM_ADDRESS "Received: from web5 by mail.google.example with local (Exim 4); x\r\n",
	{{"identity-auth-user", COLUMN_IDENTITY, "web5@192.0.2.66"}}},
    {FROM_ADDRESS "X-AuthUser: admin\r\n",
	{{"identity-auth-user", COLUMN_IDENTITY, "admin@192.0.2.66"}}},
    {FROM_ADDRESS "X-Authenticated-Sender: ns1.bank.example: web5\r\n",
	{{"identity-auth-sender", COLUMN_IDENTITY, "web5@192.0.2.66"}}},
    {FROM_ADDRESS "X-Authenticated-Sender: localhost: web5\r\n",
	{{"identity-auth-sender", COLUMN_IDENTITY, "web5@192.0.2.66"}}},
    {TOP "Received: by localhost.localdomain (Postfix, from userid 1000); x\r\n",
	{{"identity-uid", COLUMN_IDENTITY, "uid 1000@mail.example.com"}}},
    {TOP "Received: by web5 (Postfix, from userid 1000); x\r\n",
	{{"identity-uid", COLUMN_IDENTITY, "uid 1000@mail.example.com"}}},
    {TOP "Received: by other.example.org (Postfix, from userid 1000); x\r\n",
	{{"identity-uid", COLUMN_IDENTITY, "uid 1000@mail.example.com"}}},
    {TOP "Received: by web5.example.com (Postfix, from userid 1000); x\r\n",
	{{"identity-uid", COLUMN_IDENTITY, "uid 1000@web5.example.com"}}},
    {TOP "Received: from localhost (localhost [127.0.0.1]) by mail.example.com (amavisd-new); x\r\n"
	 "Received: by web5.bank.example (Postfix, from userid 1000); x\r\n",
	{{"identity-uid", COLUMN_IDENTITY, "uid 1000@mail.example.com"}}},
    {"Received: from ns1.bank.example (v66.example.org [192.0.2.66]) by filter.example.net "
     "(Postfix); "
     "x\r\nReceived: by ns1.bank.example (Postfix, from userid 1000); x\r\n",
	{{"identity-uid", COLUMN_IDENTITY, "uid 1000@v66.example.org"}}},
    {"Received: from ns1.bank.example (v66.example.org [192.0.2.66] (may be forged)) by "
     "filter.example.net (8.15/8.15); x\r\nX-AuthUser: web\r\n",
	{{"identity-auth-user", COLUMN_IDENTITY, "web@192.0.2.66"}}},
    {TOP "Received: from ns1.bank.example ([192.0.2.77]) by mail.example.com (Kerio Connect 9); "
	 "x\r\n"
	 "Received: by ns1.bank.example (Postfix, from userid 1000); x\r\n",
	{{"identity-uid", COLUMN_IDENTITY, "uid 1000@192.0.2.77"}}},
    {TOP "Received: from v77.example.org (HELO ns1.bank.example) (192.0.2.77)\r\n"
	 "  by mail.example.com with SMTP; x\r\n"
	 "Received: by ns1.bank.example (Postfix, from userid 1000); x\r\n",
	{{"identity-uid", COLUMN_IDENTITY, "uid 1000@v77.example.org"}}},
    {TOP "Received: from web9.intern (unknown [10.0.0.9]) by mail.example.com (Postfix); x\r\n"
	 "Received: by web9.intern (Postfix, from userid 1000); x\r\n",
	{{"identity-uid", COLUMN_IDENTITY, "uid 1000@10.0.0.9"}}},
    /* A server without a domain is of the network that the line above it is in. */
    {TOP "Received: from [10.0.0.3] (helo=scan2) by mail.example.com with esmtp (Exim); x\r\n"
	 "Received: from web9.example.com ([10.0.0.9]) by scan2 with ; x\r\n"
	 "Received: from u1 by web9.example.com with local (Exim); x\r\n",
	{{"identity-auth-user", COLUMN_IDENTITY, "u1@web9.example.com"}}},
    {TOP "Received: from web9.bank.example ([10.0.0.9]) by scan2 with SMTP; x\r\n"
	 "Received: from u1 by web9.bank.example with local (Exim); x\r\n",
	{{"identity-auth-user", COLUMN_IDENTITY, "u1@10.0.0.9"}}},
    {TOP
	"Received: from x ([198.51.100.7]) by web5.example.com with esmtpsa (Exim 4.96) id 1; x\r\n"
	"X-AuthUser: web\r\n",
	{{"identity-auth-user", COLUMN_IDENTITY, "web@web5.example.com"},
	    {"login-received", COLUMN_LOGIN_IP, "198.51.100.7"}}},
    {"Received: by web5.example.com (Postfix, from userid 1000); x\r\n",
	{{"identity-uid", COLUMN_IDENTITY, "uid 1000@web5.example.com"}}},
};

#define RUN(rows, hit) evidence_run_rows((rows), TABLE_COUNT(rows), (hit))

static void test_rows(void **state)
{
	bool hit[EVIDENCE_MAX_RULES] = {false};

	(void)state;
	RUN(plain_rows, hit);
	RUN(filter_rows, hit);
	RUN(uid_rows, hit);
	RUN(script_rows, hit);
	RUN(sender_rows, hit);
	RUN(user_rows, hit);
	RUN(login_rows, hit);
	RUN(comment_rows, hit);
	RUN(provider_rows, hit);
	RUN(system_rows, hit);
	RUN(host_rows, hit);
	for (unsigned i = 0; i < evidence_rule_count; i++)
		if (!hit[i] && evidence_rules[i].source != SOURCE_OPTION &&
		    evidence_rules[i].source != SOURCE_SAVED)
			fail_msg("no row shows the rule '%s'", evidence_rules[i].name);
}

static bool name_is_read(const char *name)
{
	for (unsigned i = 0; i < evidence_rule_count; i++)
		if (evidence_rules[i].field != NULL &&
		    span_eq_nocase(span_of(evidence_rules[i].field), span_of(name)))
			return true;
	return false;
}

/* A name fills nothing unless it is whole: longer, shorter, inside another, with other marks. */
static void test_names_that_look_alike(void **state)
{
	static const struct {
		const char *before;
		const char *behind;
		int cut; /* bytes of the end */
	} forms[] = {
	    {"", "s", 0}, {"X-Original-", "", 0}, {"", "-Old", 0}, {"", "", 1}, {"_", "", 0}};
	struct err err = ERR_INIT;
	struct evidence *evidence = evidence_new(NULL, &err);
	struct arena arena;

	(void)state;
	assert_non_null(evidence);
	arena_init(&arena);
	for (unsigned i = 0; i < evidence_rule_count * TABLE_COUNT(forms); i++) {
		const char *field = evidence_rules[i / TABLE_COUNT(forms)].field;
		size_t form = i % TABLE_COUNT(forms);
		char name[96], block[128];
		struct record record;

		if (field == NULL)
			continue;
		snprintf(name, sizeof(name), "%s%.*s%s", forms[form].before,
		    (int)strlen(field) - forms[form].cut, field, forms[form].behind);
		if (name_is_read(name))
			continue;
		snprintf(block, sizeof(block), "%s: user@example.com\r\n", name);
		record = evidence_read_block(evidence, &arena, span_of(block));
		if (guessed_field_is(span_of(name))) {
			assert_row(record.rule[COLUMN_AUTH_USER] != NULL, block);
			assert_string_equal(record.rule[COLUMN_AUTH_USER]->name, "guessed-field");
			assert_true((record.notes & NOTE_GUESSED_FIELD) != 0);
			continue;
		}
		for (unsigned column = 0; column < COLUMN_COUNT; column++)
			assert_row(record.value[column].n == 0, block);
	}
	arena_fini(&arena);
	evidence_free(evidence);
}

static void test_rule_names_are_unique(void **state)
{
	(void)state;
	for (unsigned i = 0; i < evidence_rule_count; i++)
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(evidence_rules[i].name, evidence_rules[k].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_names_that_look_alike),
	    cmocka_unit_test(test_rule_names_are_unique),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
