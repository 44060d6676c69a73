/*
 * Mailboxes in From and its like (RFC 5322, 3.4), obsolete syntax and the
 * plain breakage of spam included.
 */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include "base/arena.h"

struct address {
	struct span local;  /* before the last '@'; without quotes when the whole was quoted */
	struct span domain; /* behind it; empty when there is none */
};

/*
 * The addr-spec of the first mailbox in a decoded value: what stands in the
 * first angle brackets, unless an address and a comma come before them;
 * without angle brackets, the text up to the first comma or semicolon.
 * Comments and the names of people do not count, nor do brackets and commas in
 * quotes. A route ("@a,@b:"), a group's name and "mailto:" are dropped, and so
 * are blanks around '@' and around dots that follow a blank. Among several
 * words the one with an '@' is the address.
 *
 * False when there is no address; *address_r is untouched then. A single word
 * such as MAILER-DAEMON is an address without a domain. The spans point into
 * the arena or into the value.
 */
bool address_first(struct span value, struct arena *arena, struct address *address_r);

/*
 * The same for each mailbox of a decoded list, as To has it: what stands between commas and
 * semicolons, those of groups included. An item without an address is left out. Since the words of
 * a name are decoded already, a comma in them parts it; a single word is then an address without a
 * domain.
 */
struct address_list {
	struct span rest; /* in the arena */
	struct arena *arena;
	struct address one; /* most lists are a single address, and need no copy */
	bool is_one;
};

void address_list_init(struct address_list *list, struct span value, struct arena *arena);

/* The next one; false at the end, or when the arena failed: *address_r is untouched then. */
bool address_list_next(struct address_list *list, struct address *address_r);

/*
 * True when s as a whole is local@domain: one '@', no blanks, controls,
 * brackets, quotes or separators, and a letter or digit in the domain.
 */
bool address_is(struct span s);

/* local@domain, the ASCII letters of the domain in lower case; only local without a domain. */
struct span address_normal(const struct address *address, struct arena *arena);

#endif
