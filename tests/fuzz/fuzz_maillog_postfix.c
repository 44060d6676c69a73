#include <stdint.h>

#include "check.h"
#include "mail/received.h"
#include "source/maillog/maillog_line.h"
#include "source/maillog/maillog_postfix.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_part(struct span whole, struct span part)
{
	CHECK(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

static void check_entry(struct span service, struct span text)
{
	struct postfix_entry entry;

	postfix_entry_read(service, text, &entry);
	check_part(text, entry.id);
	check_part(text, entry.client);
	check_part(text, entry.login);
	check_part(text, entry.orig_client);
	check_part(text, entry.uid);
	check_part(text, entry.address);
	check_part(text, entry.for_whom);
	check_part(text, entry.message_id);
	check_part(text, entry.subject);
	check_part(text, entry.other);
	CHECK(entry.client.n == 0 || received_is_ip(entry.client));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const services[] = {
	    "smtpd", "postscreen", "pickup", "cleanup", "qmgr", "smtp", "bounce"};
	struct span text = {(const char *)data, size}, id, other;
	struct maillog_clock clock;
	struct maillog_line line;

	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		check_entry(span_of(services[i]), text);
	maillog_clock_init(&clock, 1795694400);
	if (maillog_line_read(&clock, text, &line)) {
		check_part(text, line.host);
		check_part(text, line.tag);
		check_part(text, line.pid);
		check_part(text, line.text);
		check_entry(line.service, line.text);
	}
	if (amavis_read(text, &id, &other) || roundcube_read(text, &id, &other)) {
		check_part(text, id);
		check_part(text, other);
	}
	return 0;
}
