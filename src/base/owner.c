#include "base/owner.h"

#include <unistd.h>

bool owner_is_trusted(const struct stat *st)
{
	return st->st_uid == geteuid() || st->st_uid == 0;
}

bool owner_lets_others_write(const struct stat *st)
{
	return (st->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

bool owner_lets_others_rename(const struct stat *folder)
{
	return (folder->st_mode & (S_IWOTH | S_ISVTX)) == S_IWOTH;
}
