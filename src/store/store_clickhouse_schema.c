/* The tables: whether they are there, and whether they are those that this program knows. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "store/store_clickhouse.h"

#define CLICKHOUSE_TABLES 5

/* What a table is named, its columns, and what its rows are replaced by. */
static const struct {
	const char *name;
	const struct clickhouse_column *columns;
	const char *form; /* behind ENGINE = ReplacingMergeTree(version) */
} clickhouse_tables[CLICKHOUSE_TABLES] = {
    {"qr_message", clickhouse_message_columns,
	"PARTITION BY toYYYYMM(day) ORDER BY (day, host, source, place, epoch, uid, queue_id)"},
    {"qr_coverage", clickhouse_coverage_columns, "ORDER BY (source, host, place, day)"},
    {"qr_place", clickhouse_place_columns, "ORDER BY (source, host, place)"},
    {"qr_meta", clickhouse_meta_columns, "ORDER BY name"},
    {"qr_run", clickhouse_run_columns, "ORDER BY id"},
};

/* What the server says about them. */
struct clickhouse_facts {
	bool is_there[CLICKHOUSE_TABLES];
	uint64_t column[CLICKHOUSE_TABLES]; /* a bit for each that is right */
	bool is_distributed;
	bool is_replicated; /* this server's own tables may lack what another one has taken */
	struct buf wrong;   /* the first column of another type, or table of another engine */
	bool skips;         /* it would answer without the rows of a server that is away */
	bool has_form;
	uint64_t form;
};

/* No alias is the name of a column, which some versions would take for it in the condition. */
static const char clickhouse_facts_text[] =
    "SELECT 'column' AS fact, table AS a, name AS b, type AS c FROM system.columns"
    " WHERE database=currentDatabase()"
    " AND table IN ('qr_message','qr_coverage','qr_place','qr_meta','qr_run')"
    " UNION ALL SELECT 'table' AS fact, name AS a, engine AS b, '' AS c"
    " FROM system.tables WHERE database=currentDatabase()"
    " AND name IN ('qr_message','qr_coverage','qr_place','qr_meta','qr_run')"
    " UNION ALL SELECT 'setting' AS fact, '' AS a, name AS b, value AS c"
    " FROM system.settings WHERE name='skip_unavailable_shards'"
    " FORMAT JSONCompact";

/* An administrator may have chosen LowCardinality(String), or a zone for a time. */
static bool clickhouse_is_type(struct span type, struct span wanted)
{
	const struct span low = SPAN("LowCardinality(");

	if (span_eq(span_head(type, low.n), low) && type.p[type.n - 1] == ')')
		type = span_head(span_from(type, low.n), type.n - low.n - 1);
	if (span_eq(wanted, SPAN("DateTime")) && span_eq(span_head(type, 9), SPAN("DateTime(")))
		return true;
	return span_eq(type, wanted);
}

static void clickhouse_say_wrong(
    struct clickhouse_facts *facts, unsigned table, struct span name, struct span has)
{
	if (facts->wrong.n == 0)
		buf_printf(&facts->wrong, "%s: %.*s%s%.*s", clickhouse_tables[table].name,
		    (int)name.n, name.p, has.n > 0 ? " is of the type " : " is no engine for it",
		    (int)has.n, has.n > 0 ? has.p : "");
}

static void clickhouse_note_column(
    struct clickhouse_facts *facts, unsigned table, struct span name, struct span type)
{
	const struct clickhouse_column *columns = clickhouse_tables[table].columns;

	for (unsigned i = 0; columns[i].name != NULL; i++) {
		if (!span_eq(name, span_of(columns[i].name)))
			continue;
		facts->column[table] |= (uint64_t)1 << i;
		if (!clickhouse_is_type(type, span_of(columns[i].type)))
			clickhouse_say_wrong(facts, table, name, type);
	}
}

/* Rows are replaced by it, or by that of the tables that it distributes to. */
static void clickhouse_note_engine(
    struct clickhouse_facts *facts, unsigned table, struct span engine)
{
	facts->is_there[table] = true;
	if (span_eq(engine, SPAN("Distributed")))
		facts->is_distributed = facts->is_replicated = true;
	else if (span_eq(engine, SPAN("ReplicatedReplacingMergeTree")))
		facts->is_replicated = true;
	else if (span_find_text(engine, SPAN("ReplacingMergeTree")) == SPAN_NPOS)
		clickhouse_say_wrong(facts, table, engine, SPAN_EMPTY);
}

static int clickhouse_take_fact(void *context, struct clickhouse_values *values, struct err *err)
{
	struct clickhouse_facts *facts = context;
	const struct span kind = clickhouse_next_text(values);
	const struct span table = clickhouse_next_text(values);
	const struct span name = clickhouse_next_text(values);
	const struct span type = clickhouse_next_text(values);

	(void)err;
	if (span_eq(kind, SPAN("setting")))
		facts->skips = !span_eq(type, SPAN("0"));
	for (unsigned i = 0; i < CLICKHOUSE_TABLES; i++) {
		if (!span_eq(table, span_of(clickhouse_tables[i].name)))
			continue;
		if (span_eq(kind, SPAN("column")))
			clickhouse_note_column(facts, i, name, type);
		else if (span_eq(kind, SPAN("table")))
			clickhouse_note_engine(facts, i, name);
	}
	return 0;
}

/* The first column that it lacks, or NULL. */
static const char *clickhouse_lacks(const struct clickhouse_facts *facts, unsigned table)
{
	const struct clickhouse_column *columns = clickhouse_tables[table].columns;

	for (unsigned i = 0; columns[i].name != NULL; i++)
		if ((facts->column[table] >> i & 1) == 0)
			return columns[i].name;
	return NULL;
}

static int clickhouse_check_facts(const struct clickhouse_facts *facts, struct err *err)
{
	if (facts->wrong.failed != 0)
		return err_nomem(err);
	if (facts->skips)
		return err_set(err, ERR_CONFIG,
		    "the user's profile has skip_unavailable_shards=1: a report would lack what is "
		    "on a server that is away, and not say so");
	if (facts->wrong.n > 0)
		return err_set(err, ERR_CONFIG, "a table is not as this program makes it: %.*s",
		    (int)facts->wrong.n, facts->wrong.p);
	for (unsigned i = 0; i < CLICKHOUSE_TABLES; i++) {
		const char *lacks = facts->is_there[i] ? clickhouse_lacks(facts, i) : NULL;

		if (lacks != NULL)
			return err_set(err, ERR_CONFIG, "the table %s lacks the column %s",
			    clickhouse_tables[i].name, lacks);
	}
	return 0;
}

static void clickhouse_add_table(struct buf *out, unsigned table)
{
	const struct clickhouse_column *columns = clickhouse_tables[table].columns;

	buf_printf(out, "CREATE TABLE IF NOT EXISTS %s (", clickhouse_tables[table].name);
	for (unsigned i = 0; columns[i].name != NULL; i++)
		buf_printf(out, "%s%s %s%s", i > 0 ? ", " : "", columns[i].name, columns[i].type,
		    strcmp(columns[i].type, "DateTime") == 0 ? "('UTC')" : "");
	buf_printf(out, ") ENGINE = ReplacingMergeTree(version) %s", clickhouse_tables[table].form);
}

static int clickhouse_make_table(struct clickhouse *clickhouse, unsigned table, struct err *err)
{
	if (clickhouse->version == 0)
		return err_set(err, ERR_CONFIG,
		    "it has no table %s: a run with --history and without --offline makes it",
		    clickhouse_tables[table].name);
	buf_clear(&clickhouse->text);
	clickhouse_add_table(&clickhouse->text, table);
	if (clickhouse_tell(clickhouse, err) == 0)
		return 0;
	return err_prefix(
	    err, "the table %s is missing, and cannot be made", clickhouse_tables[table].name);
}

static int clickhouse_make_tables(
    struct clickhouse *clickhouse, const struct clickhouse_facts *facts, struct err *err)
{
	for (unsigned i = 0; i < CLICKHOUSE_TABLES; i++)
		if (!facts->is_there[i] && clickhouse_make_table(clickhouse, i, err) != 0)
			return clickhouse_blame(clickhouse, err);
	return 0;
}

static int clickhouse_take_form(void *context, struct clickhouse_values *values, struct err *err)
{
	struct clickhouse_facts *facts = context;
	const struct span text = clickhouse_next_text(values);

	if (span_number(text, &facts->form) != text.n || text.n == 0)
		return err_set(err, ERR_DATA, "qr_meta has no number for its form");
	facts->has_form = true;
	return 0;
}

static int clickhouse_write_form(struct clickhouse *clickhouse, struct err *err)
{
	buf_clear(&clickhouse->text);
	clickhouse_add_insert(&clickhouse->text, "qr_meta", clickhouse_meta_columns);
	clickhouse_add_member(&clickhouse->text, "name", SPAN("form"));
	buf_printf(&clickhouse->text, ",\"value\":\"%d\"", CLICKHOUSE_SCHEMA);
	clickhouse_add_number(&clickhouse->text, "version", CLICKHOUSE_SCHEMA);
	buf_add_text(&clickhouse->text, "}\n");
	return clickhouse_tell(clickhouse, err) == 0 ? 0 : clickhouse_blame(clickhouse, err);
}

static int clickhouse_check_form(
    struct clickhouse *clickhouse, struct clickhouse_facts *facts, struct err *err)
{
	buf_clear(&clickhouse->text);
	buf_add_text(&clickhouse->text,
	    "SELECT value FROM qr_meta FINAL WHERE name='form' FORMAT JSONCompact");
	if (clickhouse_ask(clickhouse, 1, clickhouse_take_form, facts, err) != 0)
		return -1;
	if (!facts->has_form)
		return clickhouse->version != 0 ? clickhouse_write_form(clickhouse, err) : 0;
	if (facts->form <= CLICKHOUSE_SCHEMA)
		return 0;
	err_set(err, ERR_DATA,
	    "it has the form %" PRIu64 " of a later version of this program, which knows forms up "
	    "to %d",
	    facts->form, CLICKHOUSE_SCHEMA);
	return clickhouse_blame(clickhouse, err);
}

static int clickhouse_take_sign(void *context, struct clickhouse_values *values, struct err *err)
{
	bool *is_behind = context;

	(void)err;
	clickhouse_next_number(values, 1);
	*is_behind = true;
	return 0;
}

/* A user who may not ask is not stopped by it. */
static int clickhouse_ask_behind(struct clickhouse *clickhouse, bool *is_behind_r, struct err *err)
{
	*is_behind_r = false;
	buf_clear(&clickhouse->text);
	buf_add_text(&clickhouse->text,
	    "SELECT toUInt8(1) FROM system.replicas WHERE database=currentDatabase()"
	    " AND startsWith(table, 'qr_') AND inserts_in_queue>0 LIMIT 1 FORMAT JSONCompact");
	if (clickhouse_ask(clickhouse, 1, clickhouse_take_sign, is_behind_r, err) == 0)
		return 0;
	if (err->code != ERR_UNAVAILABLE && err->code != ERR_CONFIG)
		return -1;
	log_info("%s; a replica that is behind is not noticed", err->text);
	*err = (struct err)ERR_INIT;
	return 0;
}

/*
 * Each table comes from the other replicas by itself: the days may be known before the messages
 * are there, and a report would show none. That is over soon, or something is wrong.
 */
static int clickhouse_wait_for_replica(struct clickhouse *clickhouse, struct err *err)
{
	const unsigned given = clickhouse->settings->pause_second;
	const int64_t second = given != 0 ? given : 1000;
	const int64_t deadline = clickhouse->settings->http.deadline;
	unsigned pause = CLICKHOUSE_FIRST_PAUSE;
	bool is_behind;

	for (unsigned i = 1;; i++, pause *= 2) {
		if (clickhouse_ask_behind(clickhouse, &is_behind, err) != 0)
			return -1;
		if (!is_behind)
			return 0;
		if (i == CLICKHOUSE_TRIES ||
		    (deadline != 0 && clock_now() + (int64_t)pause * 1000 >= deadline)) {
			err_set(err, ERR_TEMPORARY,
			    "this replica is behind the others: it lacks rows that they have");
			return clickhouse_blame(clickhouse, err);
		}
		if (wait_pause(pause * second, err) != 0)
			return -1;
	}
}

int clickhouse_set_up(struct clickhouse *clickhouse, struct err *err)
{
	struct clickhouse_facts facts = {.skips = false};
	int result;

	buf_init(&facts.wrong, 0);
	buf_add_text(&clickhouse->text, clickhouse_facts_text);
	result = clickhouse_ask(clickhouse, 4, clickhouse_take_fact, &facts, err);
	if (result == 0 && clickhouse_check_facts(&facts, err) != 0)
		result = clickhouse_blame(clickhouse, err);
	if (result == 0)
		result = clickhouse_make_tables(clickhouse, &facts, err);
	if (result == 0)
		result = clickhouse_check_form(clickhouse, &facts, err);
	if (result == 0 && facts.is_replicated)
		result = clickhouse_wait_for_replica(clickhouse, err);
	clickhouse->is_distributed = facts.is_distributed;
	if (facts.is_distributed) /* else it would say yes before the rows are anywhere */
		buf_add_text(&clickhouse->writing, "&insert_distributed_sync=1");
	buf_string(&clickhouse->writing); /* so that it has failed when it is not whole */
	if (result == 0 && clickhouse->writing.failed != 0)
		result = err_nomem(err);
	buf_fini(&facts.wrong);
	return result;
}
