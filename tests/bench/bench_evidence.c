/*
 * How many header sections the evidence engine reads in a second on one core.
 *
 *     bench_evidence [-n COUNT | FILE]
 *
 * FILE holds header sections, each ended by an empty line; without it COUNT of about 2 kB with 25
 * fields are made (100,000), of the kinds that a quarantine holds. All of it is in memory before
 * the clock starts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "evidence/evidence.h"

#define GENERATED_BLOCKS 100000u
#define ROUNDS           5

/* The fields every message has; %u is its number. 19 of them, nearly all from the filter's list. */
static const char generated_head[] =
    "Received: from server%u.example.com ([192.0.2.%u])\r\n"
    "\tby filter01.example.net with esmtps (TLS1.2:ECDHE_RSA_AES_256_GCM_SHA384:256)\r\n"
    "\t(Exim 4.96) (envelope-from <user%u@customer.example>)\r\n"
    "\tid 1oSTI8-0042uY-EP for recipient@example.org; Mon, 05 Aug 2024 00:51:45 +0000\r\n"
    "Received: from localhost (localhost.localdomain [127.0.0.1])\r\n"
    "\tby server%u.example.com (Postfix) with ESMTP id 4WcXyz0Abcz3Qk1\r\n"
    "\tfor <recipient@example.org>; Mon,  5 Aug 2024 00:51:44 +0000 (UTC)\r\n";

static const char *const generated_kinds[] = {
    "Received: from webmail.example.com (client.example.net [198.51.100.7])\r\n"
    "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\r\n"
    "\t(No client certificate requested)\r\n"
    "\t(Authenticated sender: sales@customer.example)\r\n"
    "\tby server.example.com (Postfix) with ESMTPSA id 4WcXyz0Abcz3Qk0\r\n"
    "\tfor <recipient@example.org>; Mon,  5 Aug 2024 00:51:43 +0000 (UTC)\r\n"
    "X-Priority: 3\r\n"
    "User-Agent: Roundcube Webmail/1.4.13\r\n"
    "X-Sender: sales@customer.example\r\n"
    "X-Originating-IP: 198.51.100.7\r\n",
    "Received: by server.example.com (Postfix, from userid 10146)\r\n"
    "\tid 4WcXyz0Abcz3Qk0; Mon,  5 Aug 2024 00:51:43 +0000 (UTC)\r\n"
    "X-PHP-Originating-Script: 10146:PHPMailer.php\r\n"
    "X-PPP-Message-ID: <172281910330.1.1234@server.example.com>\r\n"
    "X-PPP-Vhost: customer.example\r\n"
    "X-Mailer: PHPMailer 6.6.5 (https://github.com/PHPMailer/PHPMailer)\r\n",
    "Received: from customer by server.example.com with local (Exim 4.96)\r\n"
    "\t(envelope-from <customer@server.example.com>)\r\n"
    "\tid 1oSTI8-0042uX-1a for recipient@example.org; Mon, 05 Aug 2024 00:51:43 +0000\r\n"
    "X-PHP-Script: customer.example/wp-content/mail.php for 203.0.113.9\r\n"
    "X-Source-Dir: customer.example:/public_html/wp-content\r\n"
    "X-Authenticated-Sender: server.example.com: customer\r\n"
    "X-Source-Args: lsphp:/home/customer/public_html/wp-content/mail.php\r\n",
};

static const char generated_tail[] =
    "Return-Path: <user%u@customer.example>\r\n"
    "Message-ID: <4f9c1c6c3b1d4f0a%u@customer.example>\r\n"
    "Date: Mon, 5 Aug 2024 02:51:40 +0200\r\n"
    "From: \"Customer Support\" <support%u@customer.example>\r\n"
    "Reply-To: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?= <reply%u@example.org>\r\n"
    "To: \"Recipient One\" <one@example.org>, \"Recipient Two\" <two@example.org>,\r\n"
    "\t\"Recipient Three\" <three@example.org>\r\n"
    "Subject: Your invoice number %u is ready to be paid, please read it soon\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/alternative;\r\n"
    "\tboundary=\"----=_NextPart_000_0012_01DAE6F1.4C3B1D40\"\r\n"
    "X-Authenticated-Id: customer%u\r\n"
    "X-Report-Abuse-To: spam@filter01.example.net\r\n"
    "X-Recommended-Action: reject\r\n"
    "X-Spampanel-Domain: server.example.com\r\n"
    "X-Spampanel-Username: 192.0.2.%u\r\n"
    "Authentication-Results: example.net; auth=pass (login)\r\n"
    "\tsmtp.auth=192.0.2.%u@server.example.com\r\n"
    "X-Spampanel-Outgoing-Class: spam\r\n"
    "X-Spampanel-Outgoing-Evidence: Combined (0.98)\r\n"
    "\r\n";

static void add_text(struct buf *out, const char *text, unsigned number)
{
	const char *at;

	while ((at = strstr(text, "%u")) != NULL) {
		buf_add(out, (struct span){text, (size_t)(at - text)});
		buf_printf(out, "%u", at > text && at[-1] == '.' ? number % 256 : number);
		text = at + 2;
	}
	buf_add_text(out, text);
}

static void generate(struct buf *out, unsigned blocks)
{
	for (unsigned i = 0; i < blocks; i++) {
		add_text(out, generated_head, i);
		buf_add_text(out,
		    generated_kinds[i % (sizeof(generated_kinds) / sizeof(generated_kinds[0]))]);
		add_text(out, generated_tail, i);
	}
}

static int read_file(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "rb");
	char chunk[64 * 1024];
	size_t n;

	if (file == NULL) {
		perror(path);
		return -1;
	}
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_add(out, (struct span){chunk, n});
	fclose(file);
	return 0;
}

/* Takes the next section off *rest, its empty line included. */
static struct span take_block(struct span *rest)
{
	size_t crlf = span_find_text(*rest, SPAN("\r\n\r\n"));
	size_t lf = crlf == SPAN_NPOS ? span_find_text(*rest, SPAN("\n\n")) : SPAN_NPOS;
	size_t n = crlf != SPAN_NPOS ? crlf + 4 : lf != SPAN_NPOS ? lf + 2 : rest->n;
	struct span block = span_head(*rest, n);

	*rest = span_from(*rest, n);
	return block;
}

static struct span *split(struct span rest, size_t *count_r)
{
	struct span *blocks = NULL;
	size_t count = 0, size = 0;

	while (rest.n > 0) {
		if (count == size) {
			struct span *more =
			    realloc(blocks, (size = size * 2 + 1024) * sizeof(*more));

			if (more == NULL) {
				free(blocks);
				return NULL;
			}
			blocks = more;
		}
		blocks[count++] = take_block(&rest);
	}
	*count_r = count;
	return blocks;
}

/* Seconds of processor time for all blocks; -1 on failure. *filled_r: cells, so that no work can be
 * left out. */
static double measure(
    struct evidence *evidence, const struct span *blocks, size_t count, size_t *filled_r)
{
	struct arena arena;
	struct err err = ERR_INIT;
	clock_t start = clock();

	*filled_r = 0;
	arena_init(&arena);
	for (size_t i = 0; i < count; i++) {
		struct record record = {0};

		arena_reset(&arena);
		if (evidence_extract(evidence, blocks[i], &arena, &record, &err) != 0)
			return -1;
		for (unsigned column = 0; column < COLUMN_COUNT; column++)
			*filled_r += record.value[column].n != 0;
	}
	arena_fini(&arena);
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct evidence *evidence = evidence_new(NULL, &err);
	struct span *blocks = NULL;
	struct buf text;
	size_t count = 0, filled = 0;
	bool makes = argc <= 1 || (argc == 3 && strcmp(argv[1], "-n") == 0);
	int status = EXIT_FAILURE;

	buf_init(&text, 0);
	if (!makes && read_file(argv[1], &text) != 0)
		goto out;
	if (makes)
		generate(&text, argc == 3 ? (unsigned)atoi(argv[2]) : GENERATED_BLOCKS);
	blocks = split(buf_span(&text), &count);
	if (evidence == NULL || blocks == NULL || text.failed != 0) {
		fprintf(stderr, "bench_evidence: no memory, or no header sections\n");
		goto out;
	}
	printf("%zu header sections, %zu bytes each\n", count, text.n / count);
	for (int round = 0; round < ROUNDS; round++) {
		double seconds = measure(evidence, blocks, count, &filled);

		if (seconds <= 0)
			goto out;
		printf("%.0f messages/s (%.2f us each, %.1f columns filled)\n",
		    (double)count / seconds, seconds * 1e6 / (double)count,
		    (double)filled / (double)count);
	}
	status = EXIT_SUCCESS;
out:
	free(blocks);
	buf_fini(&text);
	evidence_free(evidence);
	return status;
}
