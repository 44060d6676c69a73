#include "imap/tls_settings.h"

#include "base/span.h"

#define TLS_SPKI_PREFIX SPAN("spki:")

int tls_pin_parse(const char *text, struct tls_pin *pin_r, struct err *err)
{
	struct span rest = span_of(text);
	struct tls_pin pin = {0};
	size_t count = 0;

	if (span_starts_nocase(rest, TLS_SPKI_PREFIX)) {
		pin.spki = true;
		rest = span_from(rest, TLS_SPKI_PREFIX.n);
	}
	while (rest.n > 0) {
		int high = span_hex_digit(rest.p[0]);
		int low = rest.n > 1 ? span_hex_digit(rest.p[1]) : -1;

		if (high < 0 || low < 0)
			return err_set(err, ERR_USAGE,
			    "'%s' is no fingerprint: expected [spki:] and pairs of hex digits",
			    text);
		if (count < TLS_DIGEST_SIZE)
			pin.digest[count] = (unsigned char)(high << 4 | low);
		count++;
		rest = span_from(rest, 2);
		if (rest.n > 1 && rest.p[0] == ':')
			rest = span_from(rest, 1);
	}
	if (count != TLS_DIGEST_SIZE)
		return err_set(err, ERR_USAGE,
		    "'%s' is no SHA-256 fingerprint: it has %zu bytes instead of %d", text, count,
		    TLS_DIGEST_SIZE);
	*pin_r = pin;
	return 0;
}

unsigned tls_settings_port(const struct tls_settings *settings)
{
	if (settings->port != 0)
		return settings->port;
	return settings->mode == TLS_IMPLICIT ? TLS_PORT_IMPLICIT : TLS_PORT_STARTTLS;
}
