/* --check: shows what the servers offer. */
#include "base/log.h"
#include "source/quarantine/hosts.h"
#include "mode/run.h"
#include "mode/run_parts.h"

struct check {
	struct hosts_settings servers;
	struct secret password;
	bool wrote; /* something was written: an empty line comes before the next */
};

/* One server, written as soon as it is known. */
static int check_host(struct check *check, unsigned index, struct err *err)
{
	struct tls_settings tls;
	const struct session_settings settings =
	    hosts_session_settings(&check->servers, index, &tls);
	struct session *session = NULL;
	struct buf text;
	int result = -1;

	buf_init(&text, 0);
	if (check->wrote)
		buf_add_text(&text, "\n");
	if (session_open(&settings, &session, err) == 0 &&
	    session_describe(session, &text, err) == 0) {
		result = run_print(buf_span(&text), err);
		check->wrote = true;
	}
	session_close(session, 0);
	buf_fini(&text);
	return result;
}

/* Checks all servers, even if one fails. The first error counts; ERR_INTERNAL goes before all
 * others. */
static int check_hosts(struct check *check, struct err *err)
{
	unsigned count = check->servers.count;
	int result = 0;

	for (unsigned i = 0; i < count; i++) {
		struct err failure = ERR_INIT;

		if (check_host(check, i, &failure) == 0)
			continue;
		if (!err_is_remote(&failure)) {
			*err = failure;
			return -1;
		}
		if (count > 1)
			log_error("%s", failure.text);
		if (result == 0)
			*err = failure;
		result = -1;
	}
	return result;
}

int run_check(const struct options *options, const struct env *env, struct err *err)
{
	struct check check = {0};
	int result;

	check.servers = run_servers(options, env, run_deadline(options), &check.password);
	check.servers.retries = 0;
	result = run_find_password(options, env, &check.servers, &check.password, err);
	if (result == 0)
		result = check_hosts(&check, err);
	secret_wipe(&check.password);
	return result;
}
