#include "watch/alert_fact.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "calendar/period.h"

#define FACT_SCHEMA 1

static const struct {
	const char *key;
	const char *variable;
} fact_names[ALERT_VALUES] = {
    [ALERT_IDENTITY] = {"identity", "ALERT_IDENTITY"},
    [ALERT_IDENTITY_KIND] = {"identity_kind", "ALERT_IDENTITY_KIND"},
    [ALERT_FROM] = {"from", "ALERT_FROM"},
    [ALERT_SUBJECT] = {"subject", "ALERT_SUBJECT"},
    [ALERT_PHP_SCRIPT] = {"php_script", "ALERT_PHP_SCRIPT"},
    [ALERT_SOURCE_IP] = {"source_ip", "ALERT_SOURCE_IP"},
    [ALERT_LOGIN_IP] = {"login_ip", "ALERT_LOGIN_IP"},
    [ALERT_HOST] = {"host", "ALERT_HOST"},
    [ALERT_FOLDER] = {"folder", "ALERT_FOLDER"},
};

static const char *fact_kind(const struct alert_fact *fact)
{
	return fact->is_summary ? "alerts" : "alert";
}

void alert_fact_add_line(const struct alert_fact *fact, struct buf *out)
{
	if (fact->is_summary) {
		buf_printf(out, "alert: %" PRIu64 " more identities sent too much: ", fact->count);
		log_escape(out, fact->names);
		return;
	}
	buf_add_text(out, "alert: ");
	log_escape(out, fact->value[ALERT_IDENTITY]);
	buf_printf(out, " sent %" PRIu64 " messages in %u minutes", fact->count, fact->minutes);
	if (fact->value[ALERT_IDENTITY_KIND].n == 0)
		return;
	buf_add_text(out, " (");
	log_escape(out, fact->value[ALERT_IDENTITY_KIND]);
	buf_add_text(out, ")");
}

/*
 * What is no letter, digit, or harmless mark may be a command, a link or a call to a chat: so is a
 * '@' that is not within an address (@channel), and what begins an address of the web (https://).
 */
static bool fact_is_plain(struct span line, size_t i)
{
	char c = line.p[i];
	char before = i > 0 ? line.p[i - 1] : ' ';
	char behind = i + 1 < line.n ? line.p[i + 1] : ' ';

	if (c == '@')
		return span_is_alnum(before) && span_is_alnum(behind);
	if (c == ':')
		return behind != '/';
	if (c == '/')
		return before != '/' && behind != '/';
	return span_is_alnum(c) || (c != '\0' && strchr(" .,+-()", c) != NULL);
}

static void fact_add_plain_line(const struct alert_fact *fact, struct buf *out)
{
	struct buf line;

	buf_init(&line, 0);
	alert_fact_add_line(fact, &line);
	for (size_t i = 0; i < line.n; i++)
		buf_add_char(out, fact_is_plain(buf_span(&line), i) ? line.p[i] : '?');
	buf_fail(out, line.failed);
	buf_fini(&line);
}

static json_t *fact_text(struct span text)
{
	return json_stringn(text.n > 0 ? text.p : "", text.n);
}

static json_t *fact_time(time_t when)
{
	struct buf text;
	json_t *value;

	buf_init(&text, 0);
	period_add_iso(&text, when);
	value = text.failed == 0 ? fact_text(buf_span(&text)) : NULL;
	buf_fini(&text);
	return value;
}

static int fact_set_alert(json_t *object, const struct alert_fact *fact)
{
	int failed = 0;

	failed |= json_object_set_new(object, "count", json_integer((json_int_t)fact->count));
	failed |= json_object_set_new(object, "limit", json_integer(fact->limit));
	failed |= json_object_set_new(object, "minutes", json_integer(fact->minutes));
	failed |= json_object_set_new(object, "first", fact_time(fact->first));
	failed |= json_object_set_new(object, "last", fact_time(fact->last));
	for (unsigned i = 0; i < ALERT_VALUES; i++)
		failed |= json_object_set_new(object, fact_names[i].key, fact_text(fact->value[i]));
	return failed;
}

static int fact_set_summary(json_t *object, const struct alert_fact *fact)
{
	int failed = json_object_set_new(object, "count", json_integer((json_int_t)fact->count));

	return failed | json_object_set_new(object, "identities", fact_text(fact->names));
}

int alert_fact_add_json(const struct alert_fact *fact, struct buf *out, struct err *err)
{
	json_t *object = json_object();
	struct buf line;
	char *text = NULL;
	int failed;

	buf_init(&line, 0);
	fact_add_plain_line(fact, &line);
	failed = json_object_set_new(object, "schema", json_integer(FACT_SCHEMA));
	failed |= json_object_set_new(object, "kind", json_string(fact_kind(fact)));
	failed |= json_object_set_new(object, "text", fact_text(buf_span(&line)));
	failed |= fact->is_summary ? fact_set_summary(object, fact) : fact_set_alert(object, fact);
	if (failed == 0 && line.failed == 0)
		text = json_dumps(object, JSON_COMPACT);
	if (text != NULL)
		buf_add_text(out, text);
	buf_fini(&line);
	json_decref(object);
	free(text);
	return text != NULL && out->failed == 0 ? 0 : err_nomem(err);
}

static void fact_add_variable(struct buf *out, const char *name, struct span value)
{
	buf_printf(out, "%s=", name);
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] != '\0')
			buf_add_char(out, value.p[i]);
	buf_add_char(out, '\0');
}

static void fact_add_number(struct buf *out, const char *name, uint64_t number)
{
	buf_printf(out, "%s=%" PRIu64, name, number);
	buf_add_char(out, '\0');
}

static void fact_add_time(struct buf *out, const char *name, time_t when)
{
	buf_printf(out, "%s=", name);
	period_add_iso(out, when);
	buf_add_char(out, '\0');
}

void alert_fact_add_variables(const struct alert_fact *fact, struct buf *out)
{
	fact_add_variable(out, "ALERT_KIND", span_of(fact_kind(fact)));
	fact_add_number(out, "ALERT_COUNT", fact->count);
	if (fact->is_summary) {
		fact_add_variable(out, "ALERT_IDENTITIES", fact->names);
		return;
	}
	fact_add_number(out, "ALERT_LIMIT", fact->limit);
	fact_add_number(out, "ALERT_MINUTES", fact->minutes);
	fact_add_time(out, "ALERT_FIRST", fact->first);
	fact_add_time(out, "ALERT_LAST", fact->last);
	for (unsigned i = 0; i < ALERT_VALUES; i++)
		fact_add_variable(out, fact_names[i].variable, fact->value[i]);
}
