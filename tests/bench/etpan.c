/*
 * What libetpan alone takes: it fetches the header sections of a period as its documentation says,
 * with its own TLS, and looks at no more than their length.
 *
 *     etpan HOST PORT TLS USER PASSWORD-FILE FOLDER SINCE BEFORE
 *
 * TLS is "-" for a server without it. SINCE and BEFORE are seconds since the epoch at midnight.
 * Prints how many messages there were, and the octets of their headers. It asks for WINDOW messages
 * at a time, since it keeps a whole answer in memory.
 */
#include <libetpan/libetpan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WINDOW 500

static mailimap *imap;
static unsigned long messages;
static unsigned long long octets;

static void etpan_check(int result, const char *what)
{
	if (result == MAILIMAP_NO_ERROR || result == MAILIMAP_NO_ERROR_AUTHENTICATED ||
	    result == MAILIMAP_NO_ERROR_NON_AUTHENTICATED)
		return;
	fprintf(stderr, "etpan: %s: error %d\n", what, result);
	exit(1);
}

static void etpan_login(char **argv)
{
	char password[256] = "";
	unsigned port = (unsigned)strtoul(argv[2], NULL, 10);
	FILE *file = fopen(argv[5], "r");

	if (file == NULL || fgets(password, sizeof(password), file) == NULL)
		exit(1);
	fclose(file);
	password[strcspn(password, "\r\n")] = '\0';
	if (strcmp(argv[3], "-") == 0)
		etpan_check(mailimap_socket_connect(imap, argv[1], (uint16_t)port), "connect");
	else
		etpan_check(mailimap_ssl_connect(imap, argv[1], (uint16_t)port), "connect");
	etpan_check(mailimap_login(imap, argv[4], password), "login");
	etpan_check(mailimap_examine(imap, argv[6]), "examine");
}

static struct mailimap_search_key *etpan_day(const char *seconds, int before)
{
	time_t when = (time_t)strtoll(seconds, NULL, 10);
	const struct tm *tm = gmtime(&when);
	struct mailimap_date *date =
	    mailimap_date_new(tm->tm_mday, tm->tm_mon + 1, tm->tm_year + 1900);

	return before ? mailimap_search_key_new_before(date) : mailimap_search_key_new_since(date);
}

static clist *etpan_search(char **argv)
{
	struct mailimap_search_key *key = mailimap_search_key_new_multiple_empty();
	clist *found;

	mailimap_search_key_multiple_add(key, etpan_day(argv[7], 0));
	mailimap_search_key_multiple_add(key, etpan_day(argv[8], 1));
	etpan_check(mailimap_uid_search(imap, NULL, key, &found), "search");
	mailimap_search_key_free(key);
	return found;
}

static struct mailimap_fetch_type *etpan_items(void)
{
	struct mailimap_fetch_type *items = mailimap_fetch_type_new_fetch_att_list_empty();

	mailimap_fetch_type_new_fetch_att_list_add(items, mailimap_fetch_att_new_uid());
	mailimap_fetch_type_new_fetch_att_list_add(items, mailimap_fetch_att_new_internaldate());
	mailimap_fetch_type_new_fetch_att_list_add(
	    items, mailimap_fetch_att_new_body_peek_section(mailimap_section_new_header()));
	return items;
}

static void etpan_count(clist *answer)
{
	for (clistiter *at = clist_begin(answer); at != NULL; at = clist_next(at)) {
		struct mailimap_msg_att *message = clist_content(at);

		messages++;
		for (clistiter *in = clist_begin(message->att_list); in != NULL;
		     in = clist_next(in)) {
			struct mailimap_msg_att_item *item = clist_content(in);

			if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC &&
			    item->att_data.att_static->att_type == MAILIMAP_MSG_ATT_BODY_SECTION)
				octets += item->att_data.att_static->att_data.att_body_section
					      ->sec_length;
		}
	}
}

static void etpan_fetch(struct mailimap_set *set)
{
	struct mailimap_fetch_type *items = etpan_items();
	clist *answer;

	etpan_check(mailimap_uid_fetch(imap, set, items, &answer), "fetch");
	etpan_count(answer);
	mailimap_fetch_list_free(answer);
	mailimap_fetch_type_free(items);
	mailimap_set_free(set);
}

int main(int argc, char **argv)
{
	struct mailimap_set *set = NULL;
	unsigned n = 0;
	clist *found;

	if (argc != 9)
		return 64;
	imap = mailimap_new(0, NULL);
	if (imap == NULL)
		return 71;
	etpan_login(argv);
	found = etpan_search(argv);
	for (clistiter *at = clist_begin(found); at != NULL; at = clist_next(at)) {
		if (n == 0)
			set = mailimap_set_new_empty();
		mailimap_set_add_single(set, *(uint32_t *)clist_content(at));
		if (++n == WINDOW || clist_next(at) == NULL) {
			etpan_fetch(set);
			n = 0;
		}
	}
	mailimap_search_result_free(found);
	mailimap_logout(imap);
	mailimap_free(imap);
	printf("%lu %llu\n", messages, octets);
	return 0;
}
