#include "store/store_version.h"

#include <time.h>

#include "store/store.h"

uint64_t store_version_behind(uint64_t version, uint64_t last)
{
	const uint64_t now = (uint64_t)time(NULL) * STORE_VERSION_SECOND;

	if (last <= now + STORE_VERSION_SECOND || last < version ||
	    last > INT64_MAX - STORE_VERSION_SECOND)
		return version;
	return last + 1 + version % STORE_VERSION_SECOND;
}

uint64_t store_version_noted(uint64_t version, int64_t began)
{
	return version > STORE_OLDEST
		   ? version
		   : (uint64_t)began * STORE_VERSION_SECOND + STORE_VERSION_SECOND - 1;
}
