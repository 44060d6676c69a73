/*
 * How many messages the desk takes in a second from one thread, and from several at once.
 *
 *     bench_report [THREADS]
 *
 * Each thread hands in messages of about 2 kB; they go to a CSV of all columns. Then the same with
 * one lock around everything, as when evidence was extracted under the lock of the outputs. The two
 * are measured in turn; look at the ratio, since a machine may be busy: then only "chrt -f 1" in
 * front shows what the cores can do.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "report/report.h"

#define MESSAGES    100000u /* of all threads together */
#define ROUNDS      5
#define MAX_THREADS 16

static const char header[] =
    "Received: from server7.example.com ([192.0.2.7]) by filter01.example.net with esmtps\r\n"
    "\t(TLS1.2:ECDHE_RSA_AES_256_GCM_SHA384:256) (Exim 4.96) (envelope-from <u@c.example>)\r\n"
    "\tid 1oSTI8-0042uY-EP for recipient@example.org; Mon, 05 Aug 2024 00:51:45 +0000\r\n"
    "Received: from webmail.example.com (client.example.net [198.51.100.7])\r\n"
    "\t(Authenticated sender: sales@customer.example)\r\n"
    "\tby server.example.com (Postfix) with ESMTPSA id 4WcXyz0Abcz3Qk0\r\n"
    "\tfor <recipient@example.org>; Mon,  5 Aug 2024 00:51:43 +0000 (UTC)\r\n"
    "X-PHP-Script: customer.example/wp-content/mail.php for 203.0.113.9\r\n"
    "X-Source-Dir: customer.example:/public_html/wp-content\r\n"
    "X-Source-Args: lsphp:/home/customer/public_html/wp-content/mail.php\r\n"
    "X-Authenticated-Sender: server.example.com: customer\r\n"
    "Return-Path: <user@customer.example>\r\n"
    "Message-ID: <4f9c1c6c3b1d4f0a@customer.example>\r\n"
    "Date: Mon, 5 Aug 2024 02:51:40 +0200\r\n"
    "From: =?UTF-8?Q?Parcel_Service_=C3=A9xpress?= <support@customer.example>\r\n"
    "Reply-To: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?= <reply@example.org>\r\n"
    "To: \"Recipient One\" <one@example.org>, \"Recipient Two\" <two@example.org>\r\n"
    "Subject: =?ISO-8859-1?Q?Your_invoice_is_ready_to_be_paid=2C_please_read_it_soon?=\r\n"
    "Content-Type: multipart/alternative; boundary=\"----=_NextPart_000_0012_01DAE6F1\"\r\n"
    "X-Spampanel-Domain: server.example.com\r\n"
    "X-Spampanel-Username: 192.0.2.7\r\n"
    "Authentication-Results: example.net; auth=pass (login)\r\n"
    "\tsmtp.auth=192.0.2.7@server.example.com\r\n"
    "X-Spampanel-Outgoing-Class: spam\r\n"
    "X-Spampanel-Outgoing-Evidence: Combined (0.98)\r\n\r\n";

struct worker {
	struct report *report;
	pthread_mutex_t *around; /* NULL: the desk's own lock will do */
	unsigned messages;
	struct account_place place;
	bool failed;
};

static void *work(void *context)
{
	const struct reader_options options = {0};
	struct worker *worker = context;
	struct err err = ERR_INIT;
	struct reader *reader = reader_new(&options, &err);
	struct message message = {
	    .header = {header, sizeof(header) - 1}, .when = 1722818700, .place = &worker->place};

	worker->failed = reader == NULL;
	for (unsigned i = 0; i < worker->messages && !worker->failed; i++) {
		message.uid = i + 1;
		if (worker->around != NULL)
			pthread_mutex_lock(worker->around);
		worker->failed = report_take_message(worker->report, reader, &message, &err) != 0;
		if (worker->around != NULL)
			pthread_mutex_unlock(worker->around);
	}
	reader_free(reader);
	return NULL;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Seconds for all messages; -1 on failure. */
static double measure(unsigned threads, bool around)
{
	const struct sink_csv_options csv = {.delimiter = ','};
	struct column_list columns;
	struct worker worker[MAX_THREADS] = {0};
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_t thread[MAX_THREADS];
	struct err err = ERR_INIT;
	struct report report;
	bool failed = false;
	FILE *out = fopen("/dev/null", "w");
	struct sink *sink;
	double start;

	column_list_parse("all", &columns, &err);
	sink = out != NULL ? sink_csv_new(out, &columns, &csv, &err) : NULL;
	if (sink == NULL)
		return -1;
	report_init(&report, &(const struct report_parts){.sinks = sink});
	start = now();
	for (unsigned i = 0; i < threads; i++) {
		worker[i] = (struct worker){
		    .report = &report,
		    .around = around ? &lock : NULL,
		    .messages = MESSAGES / threads,
		    .place = {.host = "quarantine.example.com", .name = "Caught"},
		};
		if (pthread_create(&thread[i], NULL, work, &worker[i]) != 0)
			exit(EXIT_FAILURE);
	}
	for (unsigned i = 0; i < threads; i++) {
		pthread_join(thread[i], NULL);
		failed = failed || worker[i].failed;
	}
	start = now() - start;
	report_fini(&report);
	sink_free(sink);
	fclose(out);
	return failed ? -1 : start;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	unsigned threads = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 4;
	double seconds[3][ROUNDS];

	if (threads == 0 || threads > MAX_THREADS)
		return EXIT_FAILURE;
	for (int round = 0; round < ROUNDS; round++) {
		seconds[0][round] = measure(1, false);
		seconds[1][round] = measure(threads, true);
		seconds[2][round] = measure(threads, false);
		for (int i = 0; i < 3; i++)
			if (seconds[i][round] < 0)
				return EXIT_FAILURE;
	}
	for (int i = 0; i < 3; i++)
		qsort(seconds[i], ROUNDS, sizeof(seconds[i][0]), by_size);
	printf(
	    "%u messages of %zu bytes, median of %d runs\n", MESSAGES, sizeof(header) - 1, ROUNDS);
	for (int i = 0; i < 3; i++)
		printf("%2u thread%s, %s: %.3f s, %.0f messages/s\n", i == 0 ? 1 : threads,
		    i == 0 ? " " : "s", i == 1 ? "one lock around everything" : "the desk's lock",
		    seconds[i][ROUNDS / 2], MESSAGES / seconds[i][ROUNDS / 2]);
	printf("%u threads take %.0f %% of the time under one lock\n", threads,
	    seconds[2][ROUNDS / 2] / seconds[1][ROUNDS / 2] * 100);
	return EXIT_SUCCESS;
}
