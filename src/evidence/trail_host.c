#include "evidence/trail_host.h"

#include "mail/domain.h"

struct span trail_client_name(struct trail *trail, unsigned line)
{
	const struct received *received = trail_received(trail, line);

	if (received->name.n > 0)
		return domain_is_host(received->name) ? received->name : SPAN_EMPTY;
	/* Exim alone puts the name of the address in front of "([IP])"; the filter is one. */
	if (span_eq(received->helo, received->from) && domain_is_host(received->from) &&
	    received->is_bare && (line == 0 || trail_line_is_by_exim(&trail->line[line])))
		return received->from;
	return SPAN_EMPTY;
}

/* A name out of the network of one's own that the line is in: its server's, or, where that has no
 * domain, that of a server which the message met further up in the same network. */
static struct span network_name(struct trail *trail, unsigned line)
{
	const struct received *received = trail_received(trail, line);

	while (!domain_is_host(received->by) && line > 0) {
		received = trail_received(trail, --line);
		if (received->client.n > 0 && !received_is_private(received->client))
			return trail_client_name(trail, line);
	}
	return received->by;
}

/* The name that the line's client is to have: its own when the line knows it so; or what the line
 * knows. `candidate` may be empty. */
static struct span client_host(struct trail *trail, unsigned line, struct span candidate)
{
	const struct received *received = trail_received(trail, line);
	struct span name = trail_client_name(trail, line);

	if (domain_same(&trail->domains, candidate, name))
		return candidate;
	if (name.n > 0)
		return name;
	/* Nobody names the addresses of a network of one's own: a host of the same domain is
	 * believed. */
	if (received_is_private(received->client) &&
	    domain_same(&trail->domains, candidate, network_name(trail, line)))
		return candidate;
	return received->client;
}

struct span trail_host(struct trail *trail, unsigned line)
{
	struct span by = trail_received(trail, line)->by;
	struct span first = domain_is_host(by) ? by : SPAN_EMPTY;
	struct span last = first;

	/* Lines without a client, or with the host itself as the client, are of the same host. */
	while (line > 0) {
		const struct received *above = trail_received(trail, --line);

		if (above->client.n != 0 && !received_is_loopback(above->client)) {
			struct span host = client_host(trail, line, first);

			return span_eq(host, first) ? host : client_host(trail, line, last);
		}
		if (domain_is_host(above->by)) {
			last = above->by;
			first = first.n > 0 ? first : last;
		}
	}
	return first;
}

struct span trail_handed_by(struct trail *trail)
{
	const struct received *received;

	if (trail->count == 0)
		return SPAN_EMPTY;
	received = trail_received(trail, 0);
	if (received->client.n == 0 || received_is_loopback(received->client))
		return domain_is_host(received->by) ? received->by : SPAN_EMPTY;
	return client_host(trail, 0, SPAN_EMPTY);
}

/* The line that shows the login or the user; else one of a local process. */
static unsigned line_of_login(struct trail *trail, struct span login)
{
	unsigned local = trail->count;

	for (unsigned i = 0; i < trail->count; i++) {
		const struct trail_line *at = &trail->line[i];

		if (login.n > 0 &&
		    (span_eq_nocase(at->user, login) || span_eq_nocase(at->uid, login) ||
			span_eq_nocase(at->login, login)))
			return i;
		if (local == trail->count && (at->user.n > 0 || at->uid.n > 0) &&
		    !trail_is_reinjected(trail, i))
			local = i;
	}
	return local;
}

struct span trail_host_of_login(struct trail *trail, struct span login)
{
	unsigned line = line_of_login(trail, login);
	struct span host;

	if (line == trail->count)
		line = trail_login_line(trail, login, false);
	host = line < trail->count ? trail_host(trail, line) : SPAN_EMPTY;
	return host.n > 0 ? host : trail_handed_by(trail);
}

struct span trail_host_of_uid(struct trail *trail, struct span uid)
{
	unsigned line = line_of_login(trail, uid);
	struct span host = SPAN_EMPTY;

	if (line < trail->count)
		host = trail_host(trail, line);
	else if ((line = trail_login_line(trail, SPAN_EMPTY, false)) < trail->count)
		host = client_host(trail, line, SPAN_EMPTY);
	return host.n > 0 ? host : trail_handed_by(trail);
}

struct span trail_host_named(struct trail *trail, struct span name)
{
	struct span host;

	if (trail->count == 0)
		return domain_is_host(name) ? name : SPAN_EMPTY;
	if (!domain_is_host(name))
		return trail_handed_by(trail);
	for (unsigned i = 0; i < trail->count; i++) {
		const struct received *received = trail_received(trail, i);

		if (domain_same(&trail->domains, trail_client_name(trail, i), name) ||
		    (i > 0 && domain_same(&trail->domains, trail_host(trail, i), name)))
			return name;
		if (received->client.n > 0 && !received_is_loopback(received->client) &&
		    span_eq_nocase(received->helo, name))
			return client_host(trail, i, name);
	}
	host = trail_handed_by(trail);
	return host.n > 0 ? host : name;
}
