/*
 * What a hostile server can send: the input goes through the guarded stream to libetpan, as
 * greeting and as answers to commands. The first byte says in how large pieces it arrives.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libetpan/mailimap.h>

#include "imap/stream.h"
#include "check.h"

/* A socket pair holds this much without a reader. */
#define FUZZ_INPUT_MAX ((size_t)64 * 1024)

/* Answers that one input may hold. */
#define FUZZ_COMMANDS 4

static void fuzz_take_message(struct mailimap_msg_att *message, void *context)
{
	(void)message;
	(void)context;
}

static void fuzz_ignore_progress(size_t current, size_t maximum, void *context)
{
	(void)current;
	(void)maximum;
	(void)context;
}

/* The whole input at once and in pieces must come to the same. */
static void fuzz_check_guard(struct span input, size_t step)
{
	struct stream_guard guards[2];
	struct buf outs[2];
	struct err err = ERR_INIT;
	int results[2] = {0, 0};

	for (int i = 0; i < 2; i++) {
		struct span rest = input;

		stream_guard_init(&guards[i]);
		buf_init(&outs[i], 0);
		while (results[i] == 0 && rest.n > 0) {
			struct span piece = span_head(rest, i == 0 ? rest.n : step);

			results[i] = stream_guard_pass(&guards[i], piece, &outs[i], &err);
			rest = span_from(rest, piece.n);
		}
	}
	CHECK(results[0] == results[1]);
	CHECK(span_eq(buf_span(&outs[0]), buf_span(&outs[1])));
	for (int i = 0; i < 2; i++) {
		stream_guard_fini(&guards[i]);
		buf_fini(&outs[i]);
	}
}

static void fuzz_parse(mailimap *imap, mailstream *mailstream)
{
	struct mailimap_response *response;
	int result = mailimap_connect(imap, mailstream);

	if (result != MAILIMAP_NO_ERROR_AUTHENTICATED &&
	    result != MAILIMAP_NO_ERROR_NON_AUTHENTICATED)
		return;
	imap->imap_selection_info = mailimap_selection_info_new();
	for (int i = 1; i <= FUZZ_COMMANDS; i++) {
		imap->imap_tag = i;
		if (mailimap_read_line(imap) == NULL ||
		    mailimap_parse_response(imap, &response) != MAILIMAP_NO_ERROR)
			return;
		mailimap_response_free(response);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tls_settings tls = {.mode = TLS_OFF};
	struct stream_settings settings = {.host = "fuzz", .tls = &tls, .timeout = 1};
	struct stream stream = {.settings = &settings};
	mailstream *mailstream;
	mailimap *imap;
	int fds[2];

	if (n < 2 || n > FUZZ_INPUT_MAX)
		return 0;
	fuzz_check_guard((struct span){(const char *)data + 1, n - 1}, 1 + data[0] % 64);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
	CHECK(write(fds[1], data + 1, n - 1) == (ssize_t)(n - 1));
	close(fds[1]);
	stream.fd = fds[0];
	stream_guard_init(&stream.guard);
	buf_init(&stream.passed, 0);
	mailstream = mailstream_new(stream_mailstream_low(&stream), 1024);
	imap = mailimap_new(0, NULL);
	CHECK(mailstream != NULL && imap != NULL);
	mailimap_set_progress_callback(imap, fuzz_ignore_progress, fuzz_ignore_progress, NULL);
	mailimap_set_msg_att_handler(imap, fuzz_take_message, NULL);
	fuzz_parse(imap, mailstream);
	imap->imap_stream = NULL;
	mailimap_free(imap);
	mailstream_close(mailstream);
	close(fds[0]);
	stream_guard_fini(&stream.guard);
	buf_fini(&stream.passed);
	return 0;
}
