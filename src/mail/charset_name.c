#include "mail/charset_name.h"

#include <stdio.h>
#include <string.h>

struct charset_alias {
	const char *squeezed; /* lower case letters and digits only */
	bool prefix;          /* more may follow; it is appended to the iconv name */
	enum charset_kind kind;
	const char *iconv;
};

/*
 * Supersets stand in for sets whose name is often a lie: GB18030 for GB 2312, CP949 for KS C 5601,
 * CP932 for Shift_JIS, Windows-1252 for ISO 8859-1 (as browsers do). The first row that fits
 * counts.
 */
static const struct charset_alias charset_aliases[] = {
    {"utf8", false, CHARSET_UTF8, NULL},
    {"unicode11utf8", false, CHARSET_UTF8, NULL},
    {"usascii", false, CHARSET_UTF8, NULL},
    {"ascii", false, CHARSET_UTF8, NULL},
    {"ansix341968", false, CHARSET_UTF8, NULL},
    {"iso646us", false, CHARSET_UTF8, NULL},
    {"utf7", false, CHARSET_STATEFUL, "UTF-7"},
    {"utf16", true, CHARSET_PLAIN, "UTF-16"},
    {"utf32", true, CHARSET_PLAIN, "UTF-32"},
    {"iso88591", false, CHARSET_PLAIN, "CP1252"},
    {"iso885911987", false, CHARSET_PLAIN, "CP1252"},
    {"latin1", false, CHARSET_PLAIN, "CP1252"},
    {"iso88598i", false, CHARSET_PLAIN, "ISO-8859-8"},
    {"iso88598e", false, CHARSET_PLAIN, "ISO-8859-8"},
    {"iso88599", false, CHARSET_PLAIN, "CP1254"},
    {"iso8859", true, CHARSET_PLAIN, "ISO-8859-"},
    {"latin", true, CHARSET_PLAIN, "LATIN"},
    {"windows31j", false, CHARSET_PLAIN, "CP932"},
    {"windows936", false, CHARSET_PLAIN, "GB18030"},
    {"windows949", false, CHARSET_PLAIN, "CP949"},
    {"windows874", false, CHARSET_PLAIN, "CP874"},
    {"windows125", true, CHARSET_PLAIN, "CP125"},
    {"xcp125", true, CHARSET_PLAIN, "CP125"},
    {"cp125", true, CHARSET_PLAIN, "CP125"},
    {"cp437", false, CHARSET_PLAIN, "IBM437"},
    {"ibm437", false, CHARSET_PLAIN, "IBM437"},
    {"cp8", true, CHARSET_PLAIN, "CP8"},
    {"ibm8", true, CHARSET_PLAIN, "CP8"},
    {"koi8", true, CHARSET_PLAIN, "KOI8-"},
    {"cskoi8r", false, CHARSET_PLAIN, "KOI8-R"},
    {"macintosh", false, CHARSET_PLAIN, "MACINTOSH"},
    {"xmacroman", false, CHARSET_PLAIN, "MACINTOSH"},
    {"xmaccyrillic", false, CHARSET_PLAIN, "MAC-CYRILLIC"},
    {"tis620", false, CHARSET_PLAIN, "TIS-620"},
    {"viscii", false, CHARSET_PLAIN, "VISCII"},
    {"gb2312", false, CHARSET_PLAIN, "GB18030"},
    {"gb231280", false, CHARSET_PLAIN, "GB18030"},
    {"gb18030", false, CHARSET_PLAIN, "GB18030"},
    {"gbk", false, CHARSET_PLAIN, "GB18030"},
    {"xgbk", false, CHARSET_PLAIN, "GB18030"},
    {"cp936", false, CHARSET_PLAIN, "GB18030"},
    {"euccn", false, CHARSET_PLAIN, "GB18030"},
    {"big5hkscs", false, CHARSET_PLAIN, "BIG5-HKSCS"},
    {"big5", false, CHARSET_PLAIN, "CP950"},
    {"xxbig5", false, CHARSET_PLAIN, "CP950"},
    {"cp950", false, CHARSET_PLAIN, "CP950"},
    {"euctw", false, CHARSET_PLAIN, "EUC-TW"},
    {"eucjp", false, CHARSET_PLAIN, "EUC-JP-MS"},
    {"xeucjp", false, CHARSET_PLAIN, "EUC-JP-MS"},
    {"shiftjis", false, CHARSET_PLAIN, "CP932"},
    {"xsjis", false, CHARSET_PLAIN, "CP932"},
    {"sjis", false, CHARSET_PLAIN, "CP932"},
    {"cp932", false, CHARSET_PLAIN, "CP932"},
    {"euckr", false, CHARSET_PLAIN, "CP949"},
    {"ksc5601", false, CHARSET_PLAIN, "CP949"},
    {"ksc56011987", false, CHARSET_PLAIN, "CP949"},
    {"ksx1001", false, CHARSET_PLAIN, "CP949"},
    {"cp949", false, CHARSET_PLAIN, "CP949"},
    {"uhc", false, CHARSET_PLAIN, "CP949"},
    {"johab", false, CHARSET_PLAIN, "JOHAB"},
    {"iso2022jp", false, CHARSET_STATEFUL, "ISO-2022-JP"},
    {"csiso2022jp", false, CHARSET_STATEFUL, "ISO-2022-JP"},
    {"iso2022jp2", false, CHARSET_STATEFUL, "ISO-2022-JP-2"},
    {"iso2022kr", false, CHARSET_STATEFUL, "ISO-2022-KR"},
};

/* Lower case without punctuation, NUL-terminated: "ISO_8859-8-I" gives "iso88598i". */
static void charset_name_squeeze(struct span name, char squeezed[CHARSET_NAME_MAX + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < name.n; i++)
		if (span_is_alnum(name.p[i]))
			squeezed[n++] = span_lower(name.p[i]);
	squeezed[n] = '\0';
}

enum charset_kind charset_name_resolve(struct span name, char resolved[CHARSET_NAME_MAX])
{
	char squeezed[CHARSET_NAME_MAX + 1];
	size_t count = sizeof(charset_aliases) / sizeof(charset_aliases[0]);

	if (name.n > CHARSET_NAME_MAX)
		return CHARSET_UNKNOWN;
	charset_name_squeeze(name, squeezed);
	for (const struct charset_alias *a = charset_aliases; a < charset_aliases + count; a++) {
		size_t n = strlen(a->squeezed);
		const char *variant = squeezed + n;

		if (strncmp(squeezed, a->squeezed, n) != 0 || (!a->prefix && *variant != '\0'))
			continue;
		if (a->iconv != NULL && snprintf(resolved, CHARSET_NAME_MAX, "%s%s", a->iconv,
					    variant) >= CHARSET_NAME_MAX)
			return CHARSET_UNKNOWN;
		return a->kind;
	}
	return CHARSET_UNKNOWN;
}
