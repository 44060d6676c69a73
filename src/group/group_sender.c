#include "group/group_sender.h"

#define GROUP_HOUR ((time_t)60 * 60)

bool group_sender_is_system(const struct group_row *row)
{
	return identity_kind_of(row->identity_kind) == IDENTITY_SYSTEM;
}

bool group_sender_is_weak(const struct group_row *row)
{
	return identity_kind_of(row->identity_kind) == IDENTITY_SERVER ||
	       group_sender_is_system(row);
}

struct span group_sender_weakness(const struct group_row *row)
{
	if (!group_sender_is_weak(row))
		return SPAN_EMPTY;
	return group_sender_is_system(row) ? SPAN("system user, no customer")
					   : SPAN("server, no account");
}

bool group_sender_is_everywhere(const struct group_row *row)
{
	return row->others == 0 && row->login_ips.count > GROUP_MANY_LOGINS;
}

uint64_t group_mean_hour(uint64_t messages, time_t first, time_t end)
{
	uint64_t seconds = end - first > GROUP_HOUR ? (uint64_t)(end - first) : GROUP_HOUR;

	return (messages * 10 * (uint64_t)GROUP_HOUR + seconds / 2) / seconds;
}
