#include "imap/mutf7.h"

#include <errno.h>
#include <iconv.h>

#include "base/log.h"
#include "base/utf8.h"

#define MUTF7_CHARSET "UTF-7-IMAP" /* glibc 2.36 and later */

/* Only names that need it are converted; the others work without iconv's UTF-7-IMAP. */
static bool mutf7_is_plain(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] < 0x20 || name.p[i] > 0x7E || name.p[i] == '&')
			return false;
	return true;
}

/* 0, or an errno. */
static int mutf7_convert(const char *to, const char *from, struct span in, struct buf *out)
{
	iconv_t converter = iconv_open(to, from);
	size_t room = in.n * 8 + 16; /* more than either conversion needs */
	char *source = (char *)in.p; /* iconv does not write to it */
	char *target = buf_reserve(out, room);
	size_t left = room;
	int failure = 0;

	if (converter == (iconv_t)-1)
		return errno;
	if (target == NULL)
		failure = ENOMEM;
	else if (iconv(converter, &source, &in.n, &target, &left) == (size_t)-1 ||
		 iconv(converter, NULL, NULL, &target, &left) == (size_t)-1)
		failure = errno;
	else
		out->n += room - left;
	iconv_close(converter);
	return failure;
}

int mutf7_encode(struct span name, struct buf *out, struct err *err)
{
	int failure;

	if (mutf7_is_plain(name)) {
		buf_add(out, name);
		return out->failed == 0 ? 0 : err_nomem(err);
	}
	for (size_t at = 0, n; at < name.n; at += n) {
		uint32_t c;

		n = utf8_next(span_from(name, at), &c);
		if (n == 0 || utf8_is_control(c))
			return err_set(err, ERR_USAGE,
			    "a folder name must be UTF-8 without control characters");
	}
	failure = mutf7_convert(MUTF7_CHARSET, "UTF-8", name, out);
	if (failure != 0)
		return err_set_sys(err, ERR_SYSTEM, failure,
		    "cannot convert the folder name %.*s to modified UTF-7", (int)name.n, name.p);
	return 0;
}

void mutf7_decode(struct span name, struct buf *out)
{
	bool plain = mutf7_is_plain(name);
	struct buf text;
	int failure = 0;

	buf_init(&text, 0);
	if (!plain)
		failure = mutf7_convert("UTF-8", MUTF7_CHARSET, name, &text);
	if (failure == ENOMEM || failure == EMFILE || failure == ENFILE)
		buf_fail(out, failure);
	log_escape(out, plain || failure != 0 ? name : buf_span(&text));
	buf_fini(&text);
}
