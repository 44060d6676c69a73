#include "record/system_account.h"

/*
 * root, mail, mailnull, smmsp and the like; www-data (Debian), apache (RHEL), www
 * (BSD), wwwrun (SUSE); nobody of three systems; vpopmail, exim. 114, 444 and 994 were met as
 * spoolers. Of 82, 104 and 550 nobody says what they are.
 */
static const uint32_t system_uids[] = {
    0, 8, 12, 25, 30, 33, 47, 48, 51, 80, 81, 89, 93, 99, 114, 444, 994, 65533, 65534};

/* Logins of a system and of nobody else; in the order of their lengths, as those below. */
static const struct span system_logins[] = {{"bin", 3}, {"_www", 4}, {"exim", 4}, {"root", 4},
    {"uucp", 4}, {"caddy", 5}, {"exim4", 5}, {"httpd", 5}, {"lsadm", 5}, {"nginx", 5}, {"smmsp", 5},
    {"smmta", 5}, {"vscan", 5}, {"apache", 6}, {"daemon", 6}, {"defang", 6}, {"nobody", 6},
    {"psaadm", 6}, {"qmaild", 6}, {"qmaill", 6}, {"qmailp", 6}, {"qmailq", 6}, {"qmailr", 6},
    {"qmails", 6}, {"rspamd", 6}, {"tomcat", 6}, {"vchkpw", 6}, {"wwwrun", 6}, {"_rspamd", 7},
    {"apache2", 7}, {"php-fpm", 7}, {"popuser", 7}, {"postfix", 7}, {"webapps", 7}, {"www-run", 7},
    {"clamsmtp", 8}, {"lighttpd", 8}, {"mailnull", 8}, {"opendkim", 8}, {"postdrop", 8},
    {"vpopmail", 8}, {"www-data", 8}, {"litespeed", 9}, {"cpanelhorde", 11}, {"debian-exim", 11},
    {"debian-spamd", 12}, {"mailer-daemon", 13}, {"cpanelroundcube", 15},
    {"cpaneleximscanner", 17}};

/* Those that are also names of mailboxes. */
static const struct span mailbox_logins[] = {{"adm", 3}, {"sys", 3}, {"www", 3}, {"list", 4},
    {"mail", 4}, {"news", 4}, {"alias", 5}, {"cyrus", 5}, {"horde", 5}, {"mysql", 5}, {"spamd", 5},
    {"vmail", 5}, {"amavis", 6}, {"clamav", 6}, {"cpanel", 6}, {"filter", 6}, {"courier", 7},
    {"dovecot", 7}, {"mailman", 7}, {"webmail", 7}, {"indimail", 8}, {"operator", 8},
    {"postgres", 8}, {"sendmail", 8}, {"roundcube", 9}, {"spamfilter", 10}, {"mailscanner", 11}};

bool system_account_is_uid(struct span uid)
{
	uint64_t number;

	if (uid.n == 0 || span_number(uid, &number) != uid.n)
		return false;
	for (size_t i = 0; i < sizeof(system_uids) / sizeof(system_uids[0]); i++)
		if (number == system_uids[i])
			return true;
	return false;
}

/* The logins by which cPanel's own services hand in their notices. */
static bool is_panel_service(struct span login)
{
	return span_starts_nocase(login, SPAN("__cpanel__service__"));
}

static bool is_listed(struct span login, bool with_host)
{
	return is_panel_service(login) ||
	       span_is_listed(
		   login, system_logins, sizeof(system_logins) / sizeof(system_logins[0])) ||
	       (!with_host && span_is_listed(login, mailbox_logins,
				  sizeof(mailbox_logins) / sizeof(mailbox_logins[0])));
}

bool system_account_is_login(struct span login)
{
	size_t at = span_rfind(login, '@');

	return is_listed(span_head(login, at), at != SPAN_NPOS);
}

bool system_account_is_user(struct span identity)
{
	const struct span uid = SPAN("uid ");
	struct span name = span_head(identity, span_rfind(identity, '@'));

	if (span_starts_nocase(name, uid))
		return system_account_is_uid(span_from(name, uid.n));
	return is_listed(name, false);
}
