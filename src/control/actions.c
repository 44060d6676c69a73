#include "control/actions.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_memory.h"
#include "base/log.h"
#include "base/owner.h"
#include "deliver/deliver_file.h"

struct actions_list {
	struct action_kept *item;
	unsigned count;
	unsigned size;
};

struct actions {
	int fd;
	char run[64];
	char operator_name[64];
	uint64_t sequence;
	struct actions_list open;
	struct actions_list last;
	uint64_t last_of; /* the run of `last`, whether anything is left of it or not */
	char began[64];   /* the run that intended something last, */
	uint64_t runs;    /* and how many have */
};

static const char *const action_states[ACTION_STATES] = {"intended", "done", "failed", "unknown"};

static void actions_free_kept(struct action_kept *kept)
{
	free(kept->run);
	free(kept->command);
	free((char *)(uintptr_t)kept->key.domain.p);
	free((char *)(uintptr_t)kept->key.username.p);
	free((char *)(uintptr_t)kept->key.name.p);
}

static void actions_clear(struct actions_list *list)
{
	for (unsigned i = 0; i < list->count; i++)
		actions_free_kept(&list->item[i]);
	list->count = 0;
}

void actions_close(struct actions *actions)
{
	if (actions == NULL)
		return;
	actions_clear(&actions->open);
	actions_clear(&actions->last);
	free(actions->open.item);
	free(actions->last.item);
	if (actions->fd >= 0)
		close(actions->fd);
	free(actions);
}

/* A text of the filter's that is no UTF-8 stands percent-encoded under another name. */
static bool actions_set(json_t *object, const char *key, struct span text)
{
	json_t *value = json_stringn(text.n > 0 ? text.p : "", text.n);
	struct buf name, encoded;
	bool ok;

	if (value != NULL)
		return json_object_set_new(object, key, value) == 0;
	buf_init(&name, 0);
	buf_init(&encoded, 0);
	buf_printf(&name, "%s_percent", key);
	buf_add_percent(&encoded, text, SPAN("-._~@"));
	value = json_stringn(encoded.p, encoded.n);
	ok = name.failed == 0 && encoded.failed == 0 && value != NULL &&
	     json_object_set_new(object, buf_string(&name), value) == 0;
	buf_fini(&name);
	buf_fini(&encoded);
	return ok;
}

static int actions_hex(char c)
{
	if (span_is_digit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Undoes buf_add_percent(); false without memory or when it is none. */
static bool actions_decode(struct span text, char **bytes_r, size_t *n_r)
{
	char *bytes = malloc(text.n + 1);
	size_t n = 0;

	for (size_t i = 0; bytes != NULL && i < text.n; i++) {
		int high = -1, low = -1;

		if (text.p[i] == '%' && i + 2 < text.n) {
			high = actions_hex(text.p[i + 1]);
			low = actions_hex(text.p[i + 2]);
		}
		bytes[n++] = text.p[i];
		if (high >= 0 && low >= 0) {
			bytes[n - 1] = (char)(high * 16 + low);
			i += 2;
		}
	}
	*bytes_r = bytes;
	*n_r = n;
	return bytes != NULL;
}

/* A copy of a text of the object; false when it is not there, or without memory. */
static bool actions_get(const json_t *object, const char *key, struct span *text_r)
{
	const json_t *value = json_object_get(object, key);
	char name[32];
	char *bytes;
	size_t n;

	if (json_is_string(value)) {
		n = json_string_length(value);
		bytes = malloc(n + 1);
		if (bytes != NULL)
			memcpy(bytes, json_string_value(value), n);
	} else {
		snprintf(name, sizeof(name), "%s_percent", key);
		value = json_object_get(object, name);
		if (!json_is_string(value) ||
		    !actions_decode(
			(struct span){json_string_value(value), json_string_length(value)}, &bytes,
			&n))
			return false;
	}
	if (bytes == NULL)
		return false;
	bytes[n] = '\0';
	*text_r = (struct span){bytes, n};
	return true;
}

static char *actions_get_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? strdup(text) : NULL;
}

/* False when the line does not say enough, or there is no memory (errno is ENOMEM then). */
static bool actions_keep_object(const json_t *object, struct action_kept *kept)
{
	errno = 0;
	*kept = (struct action_kept){
	    .run = actions_get_text(object, "run"),
	    .sequence = (uint64_t)json_integer_value(json_object_get(object, "sequence")),
	    .command = actions_get_text(object, "command"),
	};
	if (kept->run != NULL && kept->command != NULL &&
	    actions_get(object, "domain", &kept->key.domain) &&
	    actions_get(object, "username", &kept->key.username) &&
	    actions_get(object, "name", &kept->key.name))
		return true;
	actions_free_kept(kept);
	return false;
}

static bool actions_append(struct actions_list *list, const struct action_kept *kept)
{
	if (list->count == list->size) {
		unsigned size = list->size > 0 ? list->size * 2 : 64;
		struct action_kept *item = reallocarray(list->item, size, sizeof(*list->item));

		if (item == NULL || size > 2 * ACTIONS_MAX_KEPT) {
			list->item = item != NULL ? item : list->item;
			return false;
		}
		list->item = item;
		list->size = size;
	}
	list->item[list->count++] = *kept;
	return true;
}

static void actions_remove(struct actions_list *list, unsigned i)
{
	actions_free_kept(&list->item[i]);
	list->item[i] = list->item[--list->count];
}

static bool actions_same_key(const struct control_key *a, const struct control_key *b)
{
	return span_eq(a->domain, b->domain) && span_eq(a->username, b->username) &&
	       span_eq(a->name, b->name);
}

/* Runs follow each other, so that what they intend stands in their order. */
static void actions_number(struct actions *actions, struct action_kept *kept)
{
	if (strcmp(actions->began, kept->run) != 0) {
		snprintf(actions->began, sizeof(actions->began), "%s", kept->run);
		actions->runs++;
	}
	kept->number = actions->runs;
}

/* An action that has been settled is open no more. */
static void actions_close_kept(struct actions_list *list, struct action_kept *kept)
{
	for (unsigned i = list->count; i-- > 0;)
		if (list->item[i].sequence == kept->sequence &&
		    strcmp(list->item[i].run, kept->run) == 0) {
			kept->number = list->item[i].number;
			actions_remove(list, i);
			return;
		}
}

/* What the last run has locked, minus what was unlocked since; what is known only now of an earlier
 * one is not its. False: it is not kept. */
static bool actions_follow_locks(struct actions *actions, const struct action_kept *kept)
{
	struct actions_list *last = &actions->last;

	if (strcmp(kept->command, "unlock") == 0) {
		for (unsigned i = last->count; i-- > 0;)
			if (actions_same_key(&last->item[i].key, &kept->key))
				actions_remove(last, i);
		return false;
	}
	if (strcmp(kept->command, "lock") != 0 || kept->number < actions->last_of)
		return false;
	actions->last_of = kept->number;
	if (last->count > 0 && strcmp(last->item[0].run, kept->run) != 0)
		actions_clear(last);
	return actions_append(last, kept);
}

/* One line. False without memory, or with more than can be kept. */
static bool actions_learn(struct actions *actions, const json_t *object)
{
	const char *state = json_string_value(json_object_get(object, "state"));
	struct action_kept kept;
	bool ok = true;
	bool taken = false;

	if (state == NULL)
		return true;
	if (!actions_keep_object(object, &kept))
		return errno != ENOMEM;
	if (strcmp(state, action_states[ACTION_INTENDED]) == 0) {
		actions_number(actions, &kept);
		taken = ok = actions_append(&actions->open, &kept);
	} else {
		actions_close_kept(&actions->open, &kept);
		if (strcmp(state, action_states[ACTION_DONE]) == 0)
			taken = actions_follow_locks(actions, &kept);
	}
	if (!taken)
		actions_free_kept(&kept);
	return ok;
}

/* One line; one that is none, as a full disk may leave it, is passed over. */
static int actions_load_line(
    struct actions *actions, struct span line, uint64_t *damaged, struct err *err)
{
	json_t *object = NULL;
	int result = 0;

	json_memory_watch();
	if (line.n <= ACTIONS_MAX_LINE)
		object = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, NULL);
	if (json_memory_failed())
		result = err_nomem(err);
	else if (!json_is_object(object))
		(*damaged)++;
	else if (!actions_learn(actions, object))
		result = err_set(err, ERR_SYSTEM,
		    "there is no memory for the open actions in " ACTIONS_FILE
		    ", or there are more than can be kept");
	json_decref(object);
	return result;
}

static int actions_load(struct actions *actions, FILE *in, struct err *err)
{
	uint64_t damaged = 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int result = 0;

	while (result == 0 && (n = getline(&line, &size, in)) > 0)
		result = actions_load_line(actions, (struct span){line, (size_t)n}, &damaged, err);
	if (result == 0 && !feof(in))
		result = err_set_sys(err, ERR_IO, errno, "cannot read " ACTIONS_FILE);
	if (damaged > 0)
		log_warn("%" PRIu64 " lines of the log of actions are damaged and were passed over",
		    damaged);
	free(line);
	return result;
}

/* A line that a crash has cut must not take the next one with it. */
static int actions_end_line(struct actions *actions, struct err *err)
{
	struct stat found;
	char last = '\n';

	if (fstat(actions->fd, &found) != 0 ||
	    (found.st_size > 0 && pread(actions->fd, &last, 1, found.st_size - 1) != 1))
		return err_set_sys(err, ERR_IO, errno, "cannot read " ACTIONS_FILE);
	if (last != '\n' && write(actions->fd, "\n", 1) != 1)
		return err_set_sys(err, ERR_IO, errno, "cannot write " ACTIONS_FILE);
	return 0;
}

static void actions_name_run(struct actions *actions, time_t now)
{
	const struct passwd *entry = getpwuid(getuid());

	snprintf(actions->run, sizeof(actions->run), "%" PRId64 "-%d", (int64_t)now, (int)getpid());
	snprintf(actions->operator_name, sizeof(actions->operator_name), "%s",
	    entry != NULL ? entry->pw_name : "?");
}

int actions_open(int folder, time_t now, struct actions **actions_r, struct err *err)
{
	struct actions *actions = calloc(1, sizeof(*actions));
	struct stat found;
	FILE *in = NULL;
	int copy;
	int result = -1;

	if (actions == NULL)
		return err_nomem(err);
	actions_name_run(actions, now);
	actions->fd = openat(folder, ACTIONS_FILE,
	    O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (actions->fd < 0) {
		err_set_sys(err, ERR_CREATE, errno, "cannot open the log of actions " ACTIONS_FILE);
		goto out;
	}
	if (fstat(actions->fd, &found) != 0 || !S_ISREG(found.st_mode) ||
	    !owner_is_trusted(&found) || owner_lets_others_write(&found)) {
		err_set(err, ERR_CONFIG,
		    "the log of actions " ACTIONS_FILE " is no file that only this user can write");
		goto out;
	}
	copy = fcntl(actions->fd, F_DUPFD_CLOEXEC, 0);
	in = copy >= 0 ? fdopen(copy, "r") : NULL;
	if (in == NULL) {
		err_set_sys(err, ERR_SYSTEM, errno, "cannot read " ACTIONS_FILE);
		if (copy >= 0)
			close(copy);
		goto out;
	}
	result = actions_load(actions, in, err);
	if (result == 0)
		result = actions_end_line(actions, err);
	/* So that the name outlasts a crash, as the lines do. */
	if (result == 0)
		result = deliver_sync_at(folder, "the folder of " ACTIONS_FILE, err);
out:
	if (in != NULL)
		fclose(in);
	if (result == 0)
		*actions_r = actions;
	else
		actions_close(actions);
	return result;
}

static int actions_write(const struct actions *actions, json_t *object, struct err *err)
{
	char *text = json_dumps(object, JSON_COMPACT);
	size_t n = text != NULL ? strlen(text) : 0;
	ssize_t written;

	errno = 0;
	/* Since the object was begun. */
	if (text == NULL || json_memory_failed()) {
		free(text);
		return err_nomem(err);
	}
	text[n] = '\n'; /* in the place of the NUL: one write, one line */
	written = write(actions->fd, text, n + 1);
	free(text);
	if (written == (ssize_t)n + 1 && fsync(actions->fd) == 0)
		return 0;
	return err_set_sys(err, ERR_IO, errno != 0 ? errno : ENOSPC, "cannot write " ACTIONS_FILE);
}

/* Watches the memory of jansson, for actions_write(). */
static json_t *actions_new_object(
    const struct actions *actions, const char *run, uint64_t sequence, enum action_state state)
{
	json_t *object;
	char when[32] = "";
	struct tm utc;
	time_t now = time(NULL);

	json_memory_watch();
	object = json_object();
	if (gmtime_r(&now, &utc) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &utc);
	if (object == NULL || json_object_set_new(object, "time", json_string(when)) != 0 ||
	    json_object_set_new(object, "run", json_string(run)) != 0 ||
	    json_object_set_new(object, "sequence", json_integer((json_int_t)sequence)) != 0 ||
	    json_object_set_new(object, "state", json_string(action_states[state])) != 0 ||
	    json_object_set_new(object, "operator", json_string(actions->operator_name)) != 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static bool actions_set_key(json_t *object, const char *command, const struct control_key *key)
{
	return json_object_set_new(object, "command", json_string(command)) == 0 &&
	       actions_set(object, "domain", key->domain) &&
	       actions_set(object, "username", key->username) &&
	       actions_set(object, "name", key->name);
}

static int actions_put(struct actions *actions, const struct action *action,
    enum action_state state, struct span answer, struct err *err)
{
	json_t *object = actions_new_object(actions, actions->run, actions->sequence, state);
	int result;

	if (object == NULL || !actions_set_key(object, action->command, &action->key) ||
	    (action->count > 0 && json_object_set_new(object, "count",
				      json_integer((json_int_t)action->count)) != 0) ||
	    (action->evidence.n > 0 && !actions_set(object, "evidence", action->evidence)) ||
	    (answer.n > 0 && !actions_set(object, "answer", answer)) ||
	    (state != ACTION_INTENDED &&
		json_object_set_new(object, "verified", json_boolean(state == ACTION_DONE)) != 0))
		result = err_nomem(err);
	else
		result = actions_write(actions, object, err);
	json_decref(object);
	return result;
}

int actions_intend(struct actions *actions, const struct action *action, struct err *err)
{
	actions->sequence++;
	return actions_put(actions, action, ACTION_INTENDED, SPAN_EMPTY, err);
}

int actions_settle(struct actions *actions, const struct action *action, enum action_state state,
    struct span answer, struct err *err)
{
	return actions_put(actions, action, state, answer, err);
}

static struct span actions_copy(struct span text)
{
	char *copy = malloc(text.n + 1);

	if (copy != NULL && text.n > 0)
		memcpy(copy, text.p, text.n);
	return (struct span){copy, text.n};
}

/* So that it can be undone at once, too. */
static int actions_learn_kept(
    struct actions *actions, const struct action_kept *kept, struct err *err)
{
	struct action_kept copy = {
	    .run = strdup(kept->run),
	    .number = kept->number,
	    .sequence = kept->sequence,
	    .command = strdup(kept->command),
	    .key = {actions_copy(kept->key.domain), actions_copy(kept->key.username),
		actions_copy(kept->key.name)},
	};
	bool ok = copy.run != NULL && copy.command != NULL && copy.key.domain.p != NULL &&
		  copy.key.username.p != NULL && copy.key.name.p != NULL;

	if (!ok || !actions_follow_locks(actions, &copy))
		actions_free_kept(&copy);
	return ok ? 0 : err_nomem(err);
}

int actions_settle_kept(struct actions *actions, const struct action_kept *kept,
    enum action_state state, struct err *err)
{
	json_t *object = actions_new_object(actions, kept->run, kept->sequence, state);
	int result;

	if (object == NULL || !actions_set_key(object, kept->command, &kept->key) ||
	    json_object_set_new(object, "verified", json_boolean(state == ACTION_DONE)) != 0 ||
	    json_object_set_new(object, "recovered", json_true()) != 0)
		result = err_nomem(err);
	else
		result = actions_write(actions, object, err);
	json_decref(object);
	if (result == 0 && state == ACTION_DONE)
		result = actions_learn_kept(actions, kept, err);
	return result;
}

unsigned actions_open_count(const struct actions *actions)
{
	return actions->open.count;
}

const struct action_kept *actions_open_at(const struct actions *actions, unsigned i)
{
	return &actions->open.item[i];
}

unsigned actions_last_count(const struct actions *actions)
{
	return actions->last.count;
}

const struct action_kept *actions_last_at(const struct actions *actions, unsigned i)
{
	return &actions->last.item[i];
}
