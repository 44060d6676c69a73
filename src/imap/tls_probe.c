#include "imap/tls_probe.h"

#include "imap/stream.h"
#include "imap/tls.h"

int tls_probe(const struct stream_settings *settings, struct buf *out, struct err *err)
{
	struct stream *stream = NULL;
	int result = stream_open(settings, &stream, err);

	if (result == 0)
		tls_describe(stream, out);
	stream_free(stream);
	return result;
}
