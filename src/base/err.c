#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static const int err_status[ERR_CODE_COUNT] = {
    [ERR_NONE] = EX_OK,
    [ERR_USAGE] = EX_USAGE,
    [ERR_DATA] = EX_DATAERR,
    [ERR_NOFOLDER] = EX_NOINPUT,
    [ERR_NOHOST] = EX_NOHOST,
    [ERR_UNAVAILABLE] = EX_UNAVAILABLE,
    [ERR_INTERNAL] = EX_SOFTWARE,
    [ERR_SYSTEM] = EX_OSERR,
    [ERR_CREATE] = EX_CANTCREAT,
    [ERR_IO] = EX_IOERR,
    [ERR_TEMPORARY] = EX_TEMPFAIL,
    [ERR_PROTOCOL] = EX_PROTOCOL,
    [ERR_LOGIN] = EX_NOPERM,
    [ERR_CONFIG] = EX_CONFIG,
};

#define SIGNAL_STATUS_BASE 128

/* Marks a text that did not fit. No character is torn, since reports show the text, too. */
static void err_mark_cut(struct err *err, int wanted)
{
	char *at = err->text + ERR_TEXT_MAX - 4;

	if (wanted < ERR_TEXT_MAX)
		return;
	while (at > err->text && ((unsigned char)*at & 0xC0) == 0x80)
		at--;
	memcpy(at, "...", 4);
}

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	err->code = code;
	err->sys = 0;
	va_start(ap, fmt);
	err_mark_cut(err, vsnprintf(err->text, sizeof(err->text), fmt, ap));
	va_end(ap);
	return -1;
}

int err_set_sys(struct err *err, enum err_code code, int sys, const char *fmt, ...)
{
	va_list ap;
	size_t used;

	err->code = code;
	err->sys = sys;
	va_start(ap, fmt);
	err_mark_cut(err, vsnprintf(err->text, sizeof(err->text), fmt, ap));
	va_end(ap);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", strerror(sys));
	return -1;
}

bool err_is_remote(const struct err *err)
{
	switch (err->code) {
	case ERR_NOFOLDER:
	case ERR_NOHOST:
	case ERR_UNAVAILABLE:
	case ERR_TEMPORARY:
	case ERR_PROTOCOL:
	case ERR_LOGIN:
		return true;
	default:
		return false;
	}
}

int err_nomem(struct err *err)
{
	err_set(err, ERR_SYSTEM, "out of memory");
	err->sys = ENOMEM;
	return -1;
}

int err_prefix(struct err *err, const char *fmt, ...)
{
	char old[ERR_TEXT_MAX];
	va_list ap;
	size_t used;

	memcpy(old, err->text, sizeof(old));
	va_start(ap, fmt);
	err_mark_cut(err, vsnprintf(err->text, sizeof(err->text), fmt, ap));
	va_end(ap);
	used = strlen(err->text);
	err_mark_cut(
	    err, (int)used + snprintf(err->text + used, sizeof(err->text) - used, ": %s", old));
	return -1;
}

int err_code_status(enum err_code code)
{
	return err_status[code];
}

int err_exit_status(const struct err *err)
{
	if (err->code == ERR_SIGNAL)
		return SIGNAL_STATUS_BASE + err->sys;
	return err_status[err->code];
}
