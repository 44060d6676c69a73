/* What can be known of the servers before there is a password. */
#include "source/quarantine/hosts.h"

int hosts_look(const struct hosts_settings *settings, bool needed, struct err *err)
{
	struct err first = ERR_INIT;
	unsigned failed = 0;

	for (unsigned i = 0; i < settings->count; i++) {
		struct tls_settings tls;
		const struct session_settings session = hosts_session_settings(settings, i, &tls);
		struct err failure = ERR_INIT;

		if (session_look(&session, &failure) == 0)
			continue;
		if (failed++ == 0)
			first = failure;
		if (needed || !err_is_remote(&failure)) {
			*err = failure;
			return -1;
		}
	}
	if (failed < settings->count)
		return 0;
	*err = first;
	return -1;
}
