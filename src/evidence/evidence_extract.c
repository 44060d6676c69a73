#include "evidence/evidence_extract.h"

#include "mail/domain.h"
#include "mail/php_script.h"
#include "mail/received.h"
#include "mail/syntax.h"

#define FOUND_NOTHING ((struct evidence_found){0})

static struct evidence_found found(struct span value)
{
	return (struct evidence_found){.value = value};
}

/* The first byte that is one of stop, or the length. */
static size_t span_until(struct span s, const char *stop)
{
	size_t n = 0;

	while (n < s.n && span_find(span_of(stop), s.p[n]) == SPAN_NPOS)
		n++;
	return n;
}

struct evidence_found extract_filter_user(const struct evidence_input *in)
{
	return (struct evidence_found){
	    .value = in->value, .host = in->record->value[COLUMN_DOMAIN], .host_is_known = true};
}

struct evidence_found extract_filter_domain(const struct evidence_input *in)
{
	if (!evidence_has_user(in))
		return FOUND_NOTHING;
	return found(arena_printf(in->arena, "@%.*s", (int)in->value.n, in->value.p));
}

/* The value of a property (RFC 8601, 2.2) in one of the results, or empty. */
static struct span auth_property(struct span result, struct span name)
{
	while (result.n > 0) {
		struct span word = span_head(result, span_until(result, " "));

		if (span_starts_nocase(word, name))
			return span_from(word, name.n);
		result = span_trim(span_from(result, word.n));
	}
	return SPAN_EMPTY;
}

/* The end of the first result: a semicolon in quotes is part of somebody's address. */
static size_t result_end(struct span results)
{
	size_t end = span_until(results, ";"), quote = span_find(results, '"'), behind;

	while (quote < end && (behind = syntax_quoted_end(results, quote)) > 0) {
		if (behind > end)
			end = behind + span_until(span_from(results, behind), ";");
		quote = behind + span_until(span_from(results, behind), "\"");
	}
	return end;
}

struct evidence_found extract_smtp_auth(const struct evidence_input *in)
{
	struct span rest = in->value;

	while (rest.n > 0) {
		size_t end = result_end(rest);
		struct span result = span_trim(span_head(rest, end));

		rest = span_from(rest, end + 1);
		if (span_eq_nocase(span_head(result, span_until(result, " (")), SPAN("auth=pass")))
			return found(auth_property(result, SPAN("smtp.auth=")));
	}
	return FOUND_NOTHING;
}

/*
 * The customer's own server, in the words of RFC 8601, or of the ARC chain (RFC 8617), which has
 * the instance in front: "i=1; host; auth=pass …".
 */
struct evidence_found extract_own_smtp_auth(const struct evidence_input *in)
{
	struct evidence_input results = *in;
	struct evidence_found found;
	struct span host;

	if (span_starts_nocase(in->value, SPAN("i=")))
		results.value = span_trim(span_from(in->value, span_until(in->value, ";") + 1));
	host = span_head(results.value, span_until(results.value, "; "));
	if (!evidence_wrote_beside(in, host))
		return FOUND_NOTHING;
	found = extract_smtp_auth(&results);
	found.host = host;
	return found;
}

/* The address in a word as those write it who name a visitor: received_ip(), and with a port behind
 * IPv4; or empty. */
static struct span ip_of_word(struct span word)
{
	struct span rest;
	size_t colon;

	word = span_head(word, span_find(word, '%'));
	rest = span_starts_nocase(word, SPAN("IPv6:")) ? span_from(word, 5) : word;
	colon = span_find(rest, ':');
	if (colon != SPAN_NPOS && span_rfind(rest, ':') == colon)
		word = span_head(word, word.n - rest.n + colon);
	return received_ip(word);
}

struct evidence_found extract_ip(const struct evidence_input *in)
{
	struct span rest = in->value;

	while (rest.n > 0) {
		struct span word = span_head(rest, span_until(rest, " ,[]"));

		rest = span_from(rest, word.n + 1);
		word = ip_of_word(word);
		if (word.n > 0)
			return found(word);
	}
	return FOUND_NOTHING;
}

/* The number at the start of s, when it can be a uid, or empty. */
static struct span uid_at(struct span s)
{
	uint64_t uid;
	size_t n = span_number(s, &uid);

	return n > 0 && uid <= UINT32_MAX ? span_head(s, n) : SPAN_EMPTY;
}

struct evidence_found extract_php_uid(const struct evidence_input *in)
{
	struct span uid = uid_at(in->value);

	return uid.n < in->value.n && in->value.p[uid.n] == ':' ? found(uid) : FOUND_NOTHING;
}

/* Exim's own and the mail group's, on the systems that cPanel runs on: nobody's account. */
static bool uid_is_mail_system(struct span uid)
{
	static const char *const own[] = {"0", "8", "12", "47", "93"};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (span_eq(uid, span_of(own[i])))
			return true;
	return false;
}

/* The five lines of X-AntiAbuse stand in a fixed order: the host is two above the uids. */
struct evidence_found extract_antiabuse_uid(const struct evidence_input *in)
{
	const struct span uids = SPAN("Originator/Caller UID/GID - [");
	const struct span primary = SPAN("Primary Hostname - ");
	struct span uid, host;

	if (!span_starts_nocase(in->value, uids))
		return FOUND_NOTHING;
	uid = uid_at(span_from(in->value, uids.n));
	if (uid_is_mail_system(uid))
		return FOUND_NOTHING;
	host = evidence_value_above(in, 2);
	if (!span_starts_nocase(host, primary))
		return found(uid);
	return (struct evidence_found){.value = uid, .host = span_from(host, primary.n)};
}

struct evidence_found extract_php_ip(const struct evidence_input *in)
{
	struct span place, ips;

	return php_script_split(in->value, &place, &ips) ? found(ips) : FOUND_NOTHING;
}

struct evidence_found extract_php_place(const struct evidence_input *in)
{
	struct span place, ips;

	return (struct evidence_found){
	    .value = php_script_file(php_script_split(in->value, &place, &ips) ? place : in->value),
	    .kind = IDENTITY_SCRIPT};
}

/* The value of NAME= among the options of a wrapper, "NAME:NAME=VALUE  NAME:NAME=VALUE". */
static struct evidence_found option_value(struct span options, struct span name)
{
	size_t at = span_find_text(options, name);
	struct span value;

	if (at == SPAN_NPOS || (at > 0 && options.p[at - 1] != ':' && options.p[at - 1] != ' '))
		return FOUND_NOTHING;
	value = span_from(options, at + name.n);
	return found(span_head(value, span_until(value, " ")));
}

struct evidence_found extract_option_script(const struct evidence_input *in)
{
	return option_value(in->value, SPAN("SCRIPT_FILENAME="));
}

struct evidence_found extract_option_ip(const struct evidence_input *in)
{
	struct evidence_found ip = option_value(in->value, SPAN("REMOTE_ADDR="));

	return received_is_ip(ip.value) ? ip : FOUND_NOTHING;
}

static bool path_is_script(struct span path)
{
	static const char *const endings[] = {
	    ".php", ".phtml", ".php5", ".php7", ".php8", ".pl", ".cgi", ".py"};

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (path.n > span_of(endings[i]).n && span_ends_nocase(path, span_of(endings[i])))
			return true;
	return false;
}

struct evidence_found extract_script(const struct evidence_input *in)
{
	struct span rest = in->value;

	while (rest.n > 0) {
		struct span word = span_head(rest, span_until(rest, " "));

		rest = span_from(rest, word.n + 1);
		if (path_is_script(word))
			return found(in->value);
	}
	return FOUND_NOTHING;
}

struct evidence_found extract_folder(const struct evidence_input *in)
{
	return in->value.p[0] == '/' ? found(in->value) : FOUND_NOTHING;
}

struct evidence_found extract_login_ip(const struct evidence_input *in)
{
	return extract_in_parentheses(in).value.n > 0 ? extract_ip(in) : FOUND_NOTHING;
}

/* The first part of a path behind the prefix, or empty. */
static struct span path_part(struct span path, struct span prefix)
{
	if (!span_starts_nocase(path, prefix))
		return SPAN_EMPTY;
	path = span_from(path, prefix.n);
	return span_head(path, span_until(path, "/ "));
}

/* Folders that hosting panels keep the sites of all customers in, each under its domain. */
static struct span site_of_path(struct span path)
{
	static const struct span homes[] = {{"/var/www/vhosts/", 16},
	    {"/var/www/vhosts/system/", 23}, {"/var/www/virtual/", 17}, {"/www/wwwroot/", 13},
	    {"/home/wwwroot/", 14}, {"/home/httpd/vhosts/", 19}, {"/home/sites/", 12},
	    {"/home/vhosts/", 13}, {"/home/domains/", 14}, {"/home/nginx/domains/", 20},
	    {"/home/customer/www/", 19}};

	for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
		struct span part = path_part(path, homes[i]);

		if (domain_is_host(part))
			return part;
	}
	return SPAN_EMPTY;
}

/* Below /home these hold everybody's folders: they are no account's. Nor is "..". */
static bool folder_is_shared(struct span folder)
{
	/* In the order of their lengths. */
	static const struct span shared[] = {{"web", 3}, {"www", 3}, {"data", 4}, {"html", 4},
	    {"site", 4}, {"user", 4}, {"webs", 4}, {"httpd", 5}, {"nginx", 5}, {"sites", 5},
	    {"users", 5}, {"vhost", 5}, {"client", 6}, {"domain", 6}, {"htdocs", 6}, {"vhosts", 6},
	    {"virtfs", 6}, {"clients", 7}, {"content", 7}, {"domains", 7}, {"hosting", 7},
	    {"storage", 7}, {"virtual", 7}, {"webroot", 7}, {"wwwroot", 7}, {"customer", 8},
	    {"websites", 8}, {"customers", 9}, {"public_html", 11}, {"hosting_users", 13}};

	return (folder.n > 0 && folder.p[0] == '.') ||
	       span_is_listed(folder, shared, sizeof(shared) / sizeof(shared[0]));
}

/* webN of ISPConfig (/var/www/clients/clientN/webN) and Confixx (/var/www/webN): each server has
 * its own. */
static struct evidence_found numbered_web(const struct evidence_input *in, struct span path)
{
	struct span client = path_part(path, SPAN("/var/www/clients/"));
	size_t skip =
	    client.n > 0 ? sizeof("/var/www/clients/") - 1 + client.n : sizeof("/var/www") - 1;
	struct span web = path_part(span_from(path, skip), SPAN("/"));
	struct span host;

	if (!span_starts_nocase(path, SPAN("/var/www/")) || !span_starts_nocase(web, SPAN("web")) ||
	    web.n < 4 || span_within(span_from(web, 3), '0', '9') != web.n - 3)
		return FOUND_NOTHING;
	host = evidence_host_of_login(in, web);
	if (host.n > 0)
		web = arena_printf(in->arena, "%.*s@%.*s", (int)web.n, web.p, (int)host.n, host.p);
	return (struct evidence_found){.value = web, .host = host, .kind = IDENTITY_ACCOUNT};
}

/* The account of a path: /home/X, /home2/X, /mnt/home2/X, and the folders of some panels. */
static struct evidence_found account_of_path(const struct evidence_input *in, struct span path)
{
	/* virtfs: where the jail of a cPanel account stands. */
	static const struct span homes[] = {{"/home/virtfs/", 13}, {"/home/hosting_users/", 20},
	    {"/var/customers/webs/", 20}, {"/usr/www/users/", 15}};
	struct span part = SPAN_EMPTY;

	for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]) && part.n == 0; i++)
		part = path_part(path, homes[i]);
	if (part.n > 0)
		return (struct evidence_found){.value = part, .kind = IDENTITY_ACCOUNT};
	if (span_starts_nocase(path, SPAN("/mnt/")))
		path = span_from(path, 4);
	if (!span_starts_nocase(path, SPAN("/home")))
		return numbered_web(in, path);
	path = span_from(path, 5);
	while (path.n > 0 && span_is_digit(path.p[0]))
		path = span_from(path, 1);
	part = path_part(path, SPAN("/"));
	return (struct evidence_found){
	    .value = folder_is_shared(part) ? SPAN_EMPTY : part, .kind = IDENTITY_ACCOUNT};
}

struct evidence_found extract_account(const struct evidence_input *in)
{
	struct span path = in->value, site;
	size_t colon = span_find(path, ':');

	if (colon != SPAN_NPOS && colon < span_until(path, "/ ")) {
		if (colon > 0)
			return (struct evidence_found){
			    .value = span_head(path, colon), .kind = IDENTITY_SITE};
		path = span_from(path, 1);
	}
	site = site_of_path(path);
	return site.n > 0 ? (struct evidence_found){.value = site, .kind = IDENTITY_SITE}
			  : account_of_path(in, path);
}

/* The same from whichever of the three is not empty: they belong together. */
struct evidence_found extract_x_source(const struct evidence_input *in)
{
	const struct span *part = &in->record->value[COLUMN_X_SOURCE];
	struct buf joined;
	struct span value;

	buf_init(&joined, 0);
	for (unsigned i = 0; i < 3; i++) {
		if (joined.n > 0 && part[i].n > 0)
			buf_add_char(&joined, ' ');
		buf_add(&joined, part[i]);
	}
	value = arena_copy_buf(in->arena, &joined);
	buf_fini(&joined);
	return found(value);
}
