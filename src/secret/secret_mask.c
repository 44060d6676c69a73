/* The forms in which a password may come back from a server. */
#include <sodium.h>
#include <string.h>

#include "base/mask.h"
#include "secret/secret.h"

/* Shorter parts of an encoding stand in too many other texts. */
#define SECRET_MIN_CORE ((size_t)6)

#define SECRET_BASE64 sodium_base64_VARIANT_ORIGINAL

/* As IMAP quotes it (RFC 3501, 4.3). */
static void secret_add_quoted(struct buf *out, struct span password)
{
	for (size_t i = 0; i < password.n; i++) {
		if (password.p[i] == '"' || password.p[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, password.p[i]);
	}
}

static void secret_add_percent(struct buf *out, struct span password)
{
	buf_add_percent(out, password, SPAN("-._~"));
}

static void secret_add_base64(struct buf *out, struct span bytes)
{
	size_t room = sodium_base64_encoded_len(bytes.n, SECRET_BASE64);
	char *at = buf_reserve(out, room);

	if (at == NULL)
		return;
	sodium_bin2base64(at, room, (const unsigned char *)bytes.p, bytes.n, SECRET_BASE64);
	out->n += room - 1; /* its NUL */
}

/* The same for a buffer, which is wiped and freed. */
static void secret_move_base64(struct buf *out, struct buf *bytes)
{
	buf_fail(out, bytes->failed);
	secret_add_base64(out, buf_span(bytes));
	buf_wipe(bytes);
	buf_fini(bytes);
}

void secret_add_plain(struct buf *out, struct span user, struct span password)
{
	struct buf bytes;

	buf_init(&bytes, 0);
	buf_reserve(&bytes, user.n + password.n + 2);
	buf_add_char(&bytes, '\0');
	buf_add(&bytes, user);
	buf_add_char(&bytes, '\0');
	buf_add(&bytes, password);
	secret_move_base64(out, &bytes);
}

/* The characters of base64 that depend on the password only, with `before` bytes in front of it.
 * Three such forms cover any text around it. Made in `form`. */
static struct span secret_make_core(struct buf *form, struct span password, size_t before)
{
	size_t first = (8 * before + 5) / 6;
	size_t end = 8 * (before + password.n) / 6;
	struct buf bytes;

	buf_init(&bytes, 0);
	buf_reserve(&bytes, before + password.n);
	for (size_t i = 0; i < before; i++)
		buf_add_char(&bytes, '\0');
	buf_add(&bytes, password);
	secret_move_base64(form, &bytes);
	if (end - first < SECRET_MIN_CORE || form->failed != 0)
		return SPAN_EMPTY;
	return span_from(span_head(buf_span(form), end), first);
}

/* Hides a part of `form`, then empties it. */
static int secret_hide_part(struct buf *form, struct span part, struct err *err)
{
	int result = form->failed == 0 ? mask_add(part, err) : err_nomem(err);

	buf_wipe(form);
	return result;
}

int secret_hide(const struct secret *secret, const char *username, struct err *err)
{
	static void (*const encodings[])(struct buf *, struct span) = {
	    secret_add_quoted, secret_add_percent, buf_add_hex, secret_add_base64};
	const struct span password = {secret->bytes, secret->n};
	struct buf form;
	int result;

	buf_init(&form, 0);
	/* All at once: growing would leave copies behind. */
	buf_reserve(&form, 4 * (password.n + strlen(username) + 4));
	result = mask_add(password, err);
	for (size_t i = 0; result == 0 && i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		encodings[i](&form, password);
		result = secret_hide_part(&form, buf_span(&form), err);
	}
	for (size_t before = 0; result == 0 && before < 3; before++)
		result = secret_hide_part(&form, secret_make_core(&form, password, before), err);
	if (result == 0) {
		secret_add_plain(&form, span_of(username), password);
		result = secret_hide_part(&form, buf_span(&form), err);
	}
	buf_fini(&form);
	return result;
}
