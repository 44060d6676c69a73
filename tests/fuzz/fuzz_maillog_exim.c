#include <stdint.h>

#include "check.h"
#include "mail/received.h"
#include "source/maillog/maillog_exim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_part(struct span whole, struct span part)
{
	CHECK(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

static void check_ip(struct span whole, struct span ip)
{
	check_part(whole, ip);
	CHECK(ip.n == 0 || received_is_ip(ip));
}

static void check_arrival(struct span rest)
{
	struct exim_arrival arrival;
	struct span list, one;

	if (!exim_arrival_read(rest, &arrival))
		return;
	check_ip(rest, arrival.ip);
	check_part(rest, arrival.sender);
	check_part(rest, arrival.login);
	check_part(rest, arrival.user);
	check_part(rest, arrival.helo);
	check_part(rest, arrival.message_id);
	check_part(rest, arrival.subject);
	/* In a line without doubt a login is one word. */
	CHECK(arrival.is_suspicious || span_find(arrival.login, ' ') == SPAN_NPOS);
	list = arrival.recipients;
	while (exim_recipient_next(&list, &one))
		check_part(rest, one);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = {(const char *)data, size}, folder, args;
	struct exim_rejected rejected;
	struct exim_entry entry;

	exim_entry_read(text, &entry);
	check_part(text, entry.id);
	check_part(text, entry.address);
	check_part(text, entry.login);
	check_part(text, entry.user);
	check_part(text, entry.folder);
	check_ip(text, entry.ip);
	check_arrival(text);
	check_arrival(entry.rest);
	if (exim_rejected_read(text, &rejected)) {
		check_ip(text, rejected.ip);
		check_part(text, rejected.login);
		check_part(text, rejected.sender);
		check_part(text, rejected.user);
	}
	if (exim_args_read(text, &folder, &args)) {
		check_part(text, folder);
		(void)exim_args_submit(args);
	}
	return 0;
}
