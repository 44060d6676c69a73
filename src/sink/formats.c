#include "sink/formats.h"

#define FORMAT_ROW(name, kind, option, format) [FORMAT_##name] = {FORMAT_MEMBERS format},

const struct format formats[FORMAT_COUNT] = {FORMATS(FORMAT_ROW)};

bool formats_want(const struct format_request requests[FORMAT_COUNT], unsigned can)
{
	for (unsigned i = 0; i < FORMAT_COUNT; i++)
		if (requests[i].wanted && (formats[i].can & can) != 0)
			return true;
	return false;
}

bool formats_want_any(const struct format_request requests[FORMAT_COUNT])
{
	for (unsigned i = 0; i < FORMAT_COUNT; i++)
		if (requests[i].wanted)
			return true;
	return false;
}
