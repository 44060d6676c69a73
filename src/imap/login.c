#include "imap/login.h"

#include "secret/secret.h"

/* Servers accept this much in one line before login (Dovecot: 4096); a longer response gets a line
 * of its own. */
#define LOGIN_INITIAL_RESPONSE_MAX 2048

/* A buffer that held a password is wiped before it is freed. */
static void login_wipe(struct buf *buf)
{
	buf_wipe(buf);
	buf_fini(buf);
}

static bool login_can_be_sent(struct span text)
{
	return span_find(text, '\r') == SPAN_NPOS && span_find(text, '\n') == SPAN_NPOS &&
	       span_find(text, '\0') == SPAN_NPOS;
}

static int login_authenticate(struct connection *connection, struct span user, struct span password,
    enum connection_status *status_r, struct err *err)
{
	struct connection_command command = {.verb = CONNECTION_AUTHENTICATE, .secret = true};
	struct buf message;
	struct buf line;
	int result = -1;

	buf_init(&message, 0);
	buf_init(&line, 0);
	secret_add_plain(&message, user, password);
	if (message.failed != 0 || buf_reserve(&line, message.n + sizeof("PLAIN ")) == NULL) {
		err_nomem(err);
		goto out;
	}
	buf_add_text(&line, "PLAIN");
	if (connection_can(connection, "SASL-IR") && message.n <= LOGIN_INITIAL_RESPONSE_MAX) {
		buf_add_char(&line, ' ');
		buf_add(&line, buf_span(&message));
		connection_add_part(&command, &line);
	} else {
		connection_add_part(&command, &line);
		connection_add_part(&command, &message);
	}
	result = connection_run(connection, &command, status_r, err);
out:
	login_wipe(&message);
	login_wipe(&line);
	return result;
}

static bool login_is_quotable(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] >= 0x80)
			return false;
	return true;
}

/* Adds an argument: quoted, or the head of a literal, whose bytes begin the next part. */
static void login_add_argument(
    struct buf parts[CONNECTION_MAX_PARTS], unsigned *part, struct span text)
{
	if (login_is_quotable(text)) {
		connection_add_quoted(&parts[*part], text);
		return;
	}
	buf_printf(&parts[*part], "{%zu}", text.n);
	(*part)++;
	buf_add(&parts[*part], text);
}

static int login_login(struct connection *connection, struct span user, struct span password,
    enum connection_status *status_r, struct err *err)
{
	struct connection_command command = {.verb = CONNECTION_LOGIN, .secret = true};
	struct buf parts[CONNECTION_MAX_PARTS];
	unsigned last = 0;
	int result;

	for (unsigned i = 0; i < CONNECTION_MAX_PARTS; i++) {
		buf_init(&parts[i], 0);
		/* All at once: growing would leave copies of the password behind. */
		buf_reserve(&parts[i], 2 * (user.n + password.n) + 64);
	}
	login_add_argument(parts, &last, user);
	buf_add_char(&parts[last], ' ');
	login_add_argument(parts, &last, password);
	for (unsigned i = 0; i <= last; i++)
		connection_add_part(&command, &parts[i]);
	result = connection_run(connection, &command, status_r, err);
	for (unsigned i = 0; i < CONNECTION_MAX_PARTS; i++)
		login_wipe(&parts[i]);
	return result;
}

static int login_refused(const struct connection *connection, struct span user,
    enum connection_status status, struct err *err)
{
	enum err_code kind = status == CONNECTION_BAD ? ERR_PROTOCOL : ERR_LOGIN;
	struct buf text;

	if (connection_is_temporary(connection))
		kind = ERR_TEMPORARY;
	buf_init(&text, 0);
	connection_add_words(connection, &text);
	err_set(err, kind, "login as '%.*s' refused: %s", (int)user.n, user.p, buf_string(&text));
	buf_fini(&text);
	return -1;
}

/* The error when no offered mechanism can be used. */
static int login_no_mechanism(const struct connection *connection, struct err *err)
{
	bool plain = connection->stream->settings->tls->mode == TLS_OFF;
	struct buf offer;

	buf_init(&offer, 0);
	connection_add_capabilities(connection, &offer);
	err_set(err, ERR_UNAVAILABLE, "the server takes no password on this connection%s%s",
	    plain ? " (LOGINDISABLED); try --tls=starttls or --tls=implicit" : "; it offers:",
	    plain ? "" : buf_string(&offer));
	buf_fini(&offer);
	return -1;
}

/* BAD does not judge user or password: the server is ill or does not know the command. */
static bool login_mechanism_is_refused(
    const struct connection *connection, enum connection_status status)
{
	if (status == CONNECTION_BAD)
		return !connection_is_temporary(connection);
	return connection_is_of_mechanism(connection);
}

int login_check(const struct connection *connection, struct err *err)
{
	if (connection_can(connection, "LOGINDISABLED") &&
	    !connection_can(connection, "AUTH=PLAIN"))
		return login_no_mechanism(connection, err);
	return 0;
}

/* Tries AUTHENTICATE PLAIN if it is offered. If the server then refuses the mechanism, or does not
 * offer it, tries LOGIN. */
static int login_try(struct connection *connection, struct span user, struct span password,
    enum connection_status *status_r, struct err *err)
{
	bool disabled = connection_can(connection, "LOGINDISABLED");

	if (connection_can(connection, "AUTH=PLAIN")) {
		if (login_authenticate(connection, user, password, status_r, err) != 0)
			return -1;
		if (*status_r == CONNECTION_OK || disabled ||
		    !login_mechanism_is_refused(connection, *status_r))
			return 0;
	}
	if (login_check(connection, err) != 0)
		return -1;
	return login_login(connection, user, password, status_r, err);
}

int login_run(
    struct connection *connection, struct span user, struct span password, struct err *err)
{
	enum connection_status status;

	if (!login_can_be_sent(user) || !login_can_be_sent(password))
		return err_set(err, ERR_USAGE,
		    "user name and password must not hold line breaks or NUL bytes");
	if (login_try(connection, user, password, &status, err) != 0)
		return err_prefix(err, "login");
	return status == CONNECTION_OK ? 0 : login_refused(connection, user, status, err);
}
