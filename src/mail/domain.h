/*
 * Names of hosts: what can be one, and which belong together.
 */
#ifndef MAIL_DOMAIN_H
#define MAIL_DOMAIN_H

#include "base/span.h"

/* True for a name with a dot inside that tells one host from others: no address, not "localhost",
 * "localhost.localdomain" and their like. */
bool domain_is_host(struct span name);

/* Answers of the list that are kept, a new one in place of an old; longer names are not. */
#define DOMAIN_MAX_ANSWERS 16
#define DOMAIN_ANSWER_MAX  64

struct domain_memory {
	struct domain_answer {
		char name[DOMAIN_ANSWER_MAX]; /* of n bytes; 0: there is none yet */
		uint8_t n;
		bool is_public;
	} answer[DOMAIN_MAX_ANSWERS];
};

/*
 * True when both are names of hosts and one and the same of them has registered it, without case:
 * the part they have in common at the end is more than a public suffix, by the list that libpsl has
 * built in ("co.uk" is one). Suffixes of providers below which each name is another customer's
 * count as such. The memory begins zeroed; what is in it changes no answer.
 */
bool domain_same(struct domain_memory *memory, struct span a, struct span b);

#endif
