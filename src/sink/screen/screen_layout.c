/* What fits on a screen. */
#include "record/column.h"
#include "sink/screen/screen_part.h"

/* Columns in front of the list, for the mark of the line that is chosen. */
#define LAYOUT_MARK 1

/* Of the key: at least, before more columns are shown, and before texts behind it are longer. */
#define LAYOUT_LEAST_KEY 16
#define LAYOUT_KEY       40
#define LAYOUT_MOST_TEXT 48

/* In the order in which they find room; the key takes what is left until it is long enough. */
static const struct {
	enum screen_column column;
	unsigned width;
} layout_wishes[] = {
    {SCREEN_COUNT, 7},
    {SCREEN_KEY, LAYOUT_LEAST_KEY},
    {SCREEN_RATE_5, 5},
    {SCREEN_COURSE_BARS, SCREEN_BARS / 2},
    {SCREEN_RATE_1, 5},
    {SCREEN_PERCENT, 5},
    {SCREEN_RATE_15, 5},
    {SCREEN_KEY, LAYOUT_KEY},
    {SCREEN_RECIPIENTS, 5},
    {SCREEN_IPS, 5},
    {SCREEN_TOP_SCRIPT, 20},
    {SCREEN_FIRST_SEEN, 11},
    {SCREEN_LAST_SUBJECT, 16},
    {SCREEN_COURSE_BARS, SCREEN_BARS},
    {SCREEN_TOP_SCRIPT, LAYOUT_MOST_TEXT},
    {SCREEN_LAST_SUBJECT, 4 * LAYOUT_MOST_TEXT},
};

#define LAYOUT_WISHES (sizeof(layout_wishes) / sizeof(layout_wishes[0]))

/* What the key says already is not said once more. */
static bool layout_has(enum screen_by by, enum screen_column column)
{
	return (column != SCREEN_TOP_SCRIPT || by != SCREEN_BY_SCRIPT) &&
	       (column != SCREEN_IPS || by != SCREEN_BY_SOURCE_IP);
}

/* Texts take what there is; the others are there as a whole, or not. */
static bool layout_is_flexible(const struct screen_layout *layout, enum screen_column column)
{
	if (column == SCREEN_COURSE_BARS || layout->width[column] == 0)
		return false;
	return column == SCREEN_KEY || column == SCREEN_TOP_SCRIPT || column == SCREEN_LAST_SUBJECT;
}

struct screen_layout screen_layout(enum screen_by by, unsigned width)
{
	struct screen_layout layout = {0};
	unsigned left = width > LAYOUT_MARK ? width - LAYOUT_MARK : 0;
	unsigned x = LAYOUT_MARK;

	for (size_t i = 0; i < LAYOUT_WISHES; i++) {
		enum screen_column column = layout_wishes[i].column;
		unsigned has = layout.width[column];
		unsigned more = layout_wishes[i].width - has;

		/* A gap in front of each but the first. */
		more += has == 0 && column != SCREEN_COUNT ? 1 : 0;
		if (more > left && layout_is_flexible(&layout, column))
			more = left;
		if (more > left || !layout_has(by, column))
			continue;
		left -= more;
		layout.width[column] = has == 0 ? layout_wishes[i].width : has + more;
	}
	if (layout.width[SCREEN_KEY] == 0 && left > 1)
		layout.width[SCREEN_KEY] = left - 1;
	else
		layout.width[SCREEN_KEY] += left;
	for (unsigned i = 0; i < SCREEN_COLUMNS; i++) {
		layout.x[i] = x;
		x += layout.width[i] > 0 ? layout.width[i] + 1 : 0;
	}
	return layout;
}

const char *screen_title(enum screen_by by, enum screen_column column)
{
	static const char *const titles[SCREEN_COLUMNS] = {
	    [SCREEN_COUNT] = "Count",
	    [SCREEN_PERCENT] = "%",
	    [SCREEN_RATE_1] = "1min",
	    [SCREEN_RATE_5] = "5min",
	    [SCREEN_RATE_15] = "15min",
	    [SCREEN_COURSE_BARS] = "Course",
	    [SCREEN_RECIPIENTS] = "Rcpts",
	    [SCREEN_IPS] = "IPs",
	    [SCREEN_TOP_SCRIPT] = "Top script",
	    [SCREEN_LAST_SUBJECT] = "Last subject",
	    [SCREEN_FIRST_SEEN] = "First seen",
	};
	static const enum column keys[SCREEN_BYS] = {
	    [SCREEN_BY_IDENTITY] = COLUMN_IDENTITY,
	    [SCREEN_BY_SCRIPT] = COLUMN_PHP_SCRIPT,
	    [SCREEN_BY_SOURCE_IP] = COLUMN_SOURCE_IP,
	    [SCREEN_BY_SENDER_DOMAIN] = COLUMN_SENDER_DOMAIN,
	};

	return column == SCREEN_KEY ? record_columns[keys[by]].title : titles[column];
}

/* From what can be missed least. */
struct screen_lines screen_lines(unsigned height, unsigned detail)
{
	struct screen_lines lines = {
	    .bottom = height > 1,
	    .titles = height > 3,
	    .head = height > 4,
	    .rates = height > 7,
	    .servers = height > 9,
	    .detail = height >= 3 * detail + 9 ? detail : 0,
	};
	unsigned used = (unsigned)lines.bottom + lines.titles + lines.head + lines.rates +
			lines.servers + lines.detail;

	lines.rows = height > used ? height - used : 0;
	return lines;
}
