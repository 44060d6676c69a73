#include "record/system_account.h"

/*
 * root, mail, mailnull, smmsp and the like; www-data (Debian), apache (RHEL), www
 * (BSD), wwwrun (SUSE); nobody of three systems; vpopmail, exim. 114, 444 and 994 were met as
 * spoolers. Of 82, 104 and 550 nobody says what they are.
 */
static const uint32_t system_uids[] = {
    0, 8, 12, 25, 30, 33, 47, 48, 51, 80, 81, 89, 93, 99, 114, 444, 994, 65533, 65534};

static const struct {
	struct span login;
	bool may_be_mailbox;
} system_logins[] = {
#define SYSTEM_LOGIN(text, mailbox)                                                                \
	{                                                                                          \
		{(text), sizeof(text) - 1}, (mailbox)                                              \
	}
    SYSTEM_LOGIN("root", false),
    SYSTEM_LOGIN("nobody", false),
    SYSTEM_LOGIN("www-data", false),
    SYSTEM_LOGIN("apache", false),
    SYSTEM_LOGIN("apache2", false),
    SYSTEM_LOGIN("httpd", false),
    SYSTEM_LOGIN("nginx", false),
    SYSTEM_LOGIN("lighttpd", false),
    SYSTEM_LOGIN("litespeed", false),
    SYSTEM_LOGIN("lsadm", false),
    SYSTEM_LOGIN("wwwrun", false),
    SYSTEM_LOGIN("www", true),
    SYSTEM_LOGIN("www-run", false),
    SYSTEM_LOGIN("_www", false),
    SYSTEM_LOGIN("caddy", false),
    SYSTEM_LOGIN("tomcat", false),
    SYSTEM_LOGIN("php-fpm", false),
    SYSTEM_LOGIN("webapps", false),
    SYSTEM_LOGIN("webmail", true),
    SYSTEM_LOGIN("roundcube", true),
    SYSTEM_LOGIN("horde", true),
    SYSTEM_LOGIN("cpanel", true),
    SYSTEM_LOGIN("cpanelroundcube", false),
    SYSTEM_LOGIN("cpanelhorde", false),
    SYSTEM_LOGIN("cpaneleximscanner", false),
    SYSTEM_LOGIN("psaadm", false),
    SYSTEM_LOGIN("popuser", false),
    SYSTEM_LOGIN("daemon", false),
    SYSTEM_LOGIN("bin", false),
    SYSTEM_LOGIN("sys", true),
    SYSTEM_LOGIN("adm", true),
    SYSTEM_LOGIN("mail", true),
    SYSTEM_LOGIN("news", true),
    SYSTEM_LOGIN("uucp", false),
    SYSTEM_LOGIN("operator", true),
    SYSTEM_LOGIN("list", true),
    SYSTEM_LOGIN("mailman", true),
    SYSTEM_LOGIN("mailnull", false),
    SYSTEM_LOGIN("exim", false),
    SYSTEM_LOGIN("exim4", false),
    SYSTEM_LOGIN("debian-exim", false),
    SYSTEM_LOGIN("postfix", false),
    SYSTEM_LOGIN("postdrop", false),
    SYSTEM_LOGIN("smmsp", false),
    SYSTEM_LOGIN("smmta", false),
    SYSTEM_LOGIN("sendmail", true),
    SYSTEM_LOGIN("defang", false),
    SYSTEM_LOGIN("vmail", true),
    SYSTEM_LOGIN("vpopmail", false),
    SYSTEM_LOGIN("vchkpw", false),
    SYSTEM_LOGIN("alias", true),
    SYSTEM_LOGIN("qmaild", false),
    SYSTEM_LOGIN("qmaill", false),
    SYSTEM_LOGIN("qmailp", false),
    SYSTEM_LOGIN("qmailq", false),
    SYSTEM_LOGIN("qmailr", false),
    SYSTEM_LOGIN("qmails", false),
    SYSTEM_LOGIN("indimail", true),
    SYSTEM_LOGIN("dovecot", true),
    SYSTEM_LOGIN("courier", true),
    SYSTEM_LOGIN("cyrus", true),
    SYSTEM_LOGIN("amavis", true),
    SYSTEM_LOGIN("vscan", false),
    SYSTEM_LOGIN("clamav", true),
    SYSTEM_LOGIN("clamsmtp", false),
    SYSTEM_LOGIN("spamd", true),
    SYSTEM_LOGIN("debian-spamd", false),
    SYSTEM_LOGIN("spamfilter", true),
    SYSTEM_LOGIN("filter", true),
    SYSTEM_LOGIN("mailscanner", true),
    SYSTEM_LOGIN("rspamd", false),
    SYSTEM_LOGIN("_rspamd", false),
    SYSTEM_LOGIN("opendkim", false),
    SYSTEM_LOGIN("mysql", true),
    SYSTEM_LOGIN("postgres", true),
    SYSTEM_LOGIN("mailer-daemon", false),
#undef SYSTEM_LOGIN
};

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

static bool is_listed(struct span login, bool with_host)
{
	for (size_t i = 0; i < sizeof(system_logins) / sizeof(system_logins[0]); i++)
		if (login.n == system_logins[i].login.n &&
		    span_eq_nocase(login, system_logins[i].login))
			return !with_host || !system_logins[i].may_be_mailbox;
	return false;
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
