#include "tests/unit/folder.h"
#include "tests/unit/table.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "secret/secret.h"
#include "tests/unit/text_file.h"

#define PROMPT "Please enter the password for the IMAP account 'global'.\r\nPassword: "

/* Exit status of a child that found another password than it should. */
#define CHILD_WRONG_PASSWORD 99

/* Seconds after which a hanging test is ended. */
#define PATIENCE 120

static int make_folder(void **state)
{
	alarm(PATIENCE);
	return enter_folder(state);
}

static int remove_folder(void **state)
{
	remove("password");
	remove("imap-password");
	return leave_empty_folder(state);
}

static struct span repeated(size_t n, const char *end)
{
	static char text[2 * SECRET_MAX];

	memset(text, 'x', n);
	memcpy(text + n, end, strlen(end));
	return (struct span){text, n + strlen(end)};
}

static const struct {
	struct span content;
	const char *want; /* NULL: an error */
	const char *why;
} content_rows[] = {
    {SPAN("secret"), "secret", "no newline"},
    {SPAN("secret\n"), "secret", "LF"},
    {SPAN("secret\r\n"), "secret", "CR LF"},
    {SPAN(" se\"c\\r%e t \n"), " se\"c\\r%e t ", "blanks, quotes, backslash"},
    {SPAN("\xEF\xBB\xBFsecret\r\n"), "secret", "byte order mark"},
    {SPAN("\xEF\xBB\xBF\xEF\xBB\xBFsecret"), "\xEF\xBB\xBFsecret", "two of them"},
    {SPAN("se\xEF\xBB\xBF"
	  "cret"),
	"se\xEF\xBB\xBF"
	"cret",
	"one in the middle"},
    {SPAN("\xEF\xBB\xBF\n"), NULL, "only a byte order mark"},
    {SPAN("\xFF\x80\n"), "\xFF\x80", "8-bit bytes"},
    {SPAN("secret\n\n"), NULL, "two newlines"},
    {SPAN("secret\r"), NULL, "CR alone"},
    {SPAN("first\nsecond\n"), NULL, "two lines"},
    {SPAN("se\0cret"), NULL, "NUL"},
    {SPAN("\0"), NULL, "NUL only"},
    {SPAN(""), NULL, "empty"},
    {SPAN("\n"), NULL, "only a newline"},
};

static void test_contents(void **state)
{
	const struct secret_sources sources[] = {
	    {.file = "password"},
	    {.command = "cat password"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(content_rows) * TABLE_COUNT(sources); i++) {
		size_t row = i / TABLE_COUNT(sources);
		struct secret secret = {0};
		struct err err = ERR_INIT;
		int result;

		write_file("password", content_rows[row].content);
		result = secret_find(&sources[i % TABLE_COUNT(sources)], &secret, &err);
		if (content_rows[row].want == NULL) {
			assert_row(result == -1, content_rows[row].why);
			assert_row(err.code == ERR_USAGE, content_rows[row].why);
			assert_row(secret.bytes == NULL, content_rows[row].why);
		} else {
			assert_row(result == 0, content_rows[row].why);
			assert_span_text(((struct span){secret.bytes, secret.n}),
			    content_rows[row].want, content_rows[row].why);
			assert_int_equal(secret.bytes[secret.n], '\0');
		}
		secret_wipe(&secret);
		assert_null(secret.bytes);
	}
}

static void test_lengths(void **state)
{
	const struct secret_sources sources = {.file = "password"};

	(void)state;
	for (size_t n = SECRET_MAX - 1; n <= SECRET_MAX + 2; n++) {
		struct secret secret = {0};
		struct err err = ERR_INIT;

		write_file("password", repeated(n, "\r\n"));
		assert_int_equal(secret_find(&sources, &secret, &err), n <= SECRET_MAX ? 0 : -1);
		assert_int_equal(secret.n, n <= SECRET_MAX ? n : 0);
		secret_wipe(&secret);
	}
}

static void test_order(void **state)
{
	struct secret given = {0};
	struct secret secret = {0};
	struct err err = ERR_INIT;
	char argument[] = "given";
	struct secret_sources sources = {
	    .given = &given,
	    .file = "password",
	    .command = "echo command",
	    .credentials_directory = ".",
	};

	(void)state;
	write_file("password", SPAN("file"));
	write_file("imap-password", SPAN("credential"));
	assert_int_equal(secret_take_argument(&given, argument, &err), 0);
	assert_int_equal(secret_find(&sources, &secret, &err), 0);
	assert_string_equal(secret.bytes, "given");
	secret_wipe(&secret);
	secret_wipe(&given);
	assert_int_equal(secret_find(&sources, &secret, &err), 0);
	assert_string_equal(secret.bytes, "file");
	secret_wipe(&secret);
	sources.file = NULL;
	assert_int_equal(secret_find(&sources, &secret, &err), 0);
	assert_string_equal(secret.bytes, "command");
	secret_wipe(&secret);
	sources.command = NULL;
	assert_int_equal(secret_find(&sources, &secret, &err), 0);
	assert_string_equal(secret.bytes, "credential");
	secret_wipe(&secret);
}

/* A service's credential comes before what a configuration file names. */
static const struct {
	struct secret_sources sources;
	const char *want; /* NULL: an error */
	const char *why;
} first_rows[] = {
    {{.credentials_directory = ".", .file = "password", .command = "echo command"}, "credential",
	"before all others"},
    {{.credentials_directory = ".", .file = "missing"}, "credential",
	"the others are not looked at"},
    {{.credentials_directory = ".", .command = "exit 1"}, "credential", "nor run"},
    {{.credentials_directory = "empty", .file = "password", .command = "echo command"}, "file",
	"none of that name"},
    {{.credentials_directory = "missing", .command = "echo command"}, "command", "no directory"},
    {{.file = "password"}, "file", "no service"},
    {{.credentials_directory = "empty", .file = "missing"}, NULL,
	"none of that name, and the next is wrong"},
    {{.credentials_directory = "password", .file = "password"}, NULL, "a directory that is none"},
    {{.credentials_directory = "wrong", .file = "password"}, NULL, "a credential that is wrong"},
};

static void check_first(size_t i, const struct secret *given, const char *want)
{
	struct secret_sources sources = first_rows[i].sources;
	struct secret secret = {0};
	struct err err = ERR_INIT;
	int result;

	sources.given = given;
	sources.credentials_first = true;
	result = secret_find(&sources, &secret, &err);
	if (want == NULL) {
		assert_row(result == -1, first_rows[i].why);
		assert_row(err.code == ERR_USAGE, first_rows[i].why);
		assert_row(secret.bytes == NULL, first_rows[i].why);
	} else {
		if (result != 0)
			fail_msg("%s: %s", first_rows[i].why, err.text);
		assert_span_text(((struct span){secret.bytes, secret.n}), want, first_rows[i].why);
	}
	secret_wipe(&secret);
}

static void test_credentials_first(void **state)
{
	struct secret given = {0};
	struct err err = ERR_INIT;
	char argument[] = "given";

	(void)state;
	write_file("password", SPAN("file"));
	write_file("imap-password", SPAN("credential"));
	assert_int_equal(mkdir("empty", 0700), 0);
	assert_int_equal(mkdir("wrong", 0700), 0);
	write_file("wrong/imap-password", SPAN("two\nlines\n"));
	for (size_t i = 0; i < TABLE_COUNT(first_rows); i++)
		check_first(i, NULL, first_rows[i].want);
	assert_int_equal(secret_take_argument(&given, argument, &err), 0);
	check_first(0, &given, "credential");
	check_first(5, &given, "given");
	secret_wipe(&given);
	assert_int_equal(remove("wrong/imap-password"), 0);
	assert_int_equal(rmdir("wrong"), 0);
	assert_int_equal(rmdir("empty"), 0);
}

static const struct {
	struct secret_sources sources;
	enum err_code code;
	const char *want;
} error_rows[] = {
    {{.file = "missing"}, ERR_USAGE, "password file 'missing': cannot open it: No such file"},
    {{.file = "."}, ERR_USAGE, "Is a directory"},
    {{.file = "missing", .command = "echo x"}, ERR_USAGE, "cannot open it"},
    {{.command = "exit 3"}, ERR_TEMPORARY, "--password-command 'exit': it ended with status 3"},
    {{.command = " sh -c 'exit 3; hunter2'"}, ERR_TEMPORARY,
	"--password-command 'sh': it ended with status 3"},
    {{.command = "exec sh -c 'exit 3; hunter2'"}, ERR_TEMPORARY,
	"--password-command 'sh': it ended with status 3"},
    {{.command = "P=hunter2 sh -c 'exit 3'"}, ERR_TEMPORARY,
	"--password-command: it ended with status 3"},
    {{.command = "echo half; exit 1"}, ERR_TEMPORARY, "it ended with status 1"},
    {{.command = "kill -9 $$"}, ERR_TEMPORARY, "it was killed by signal 9"},
    {{.command = "kill -PIPE $$; echo ignored"}, ERR_TEMPORARY, "it was killed by signal 13"},
    {{.command = "/nonexistent/hunter2 2>/dev/null"}, ERR_USAGE, "the shell cannot run it"},
    {{.command = "true"}, ERR_USAGE, "the password is empty"},
    {{.command = "exec yes | tr -d '\\n'"}, ERR_USAGE, "longer than 4096 bytes"},
    {{.command = "yes hunter2; sleep 1000"}, ERR_USAGE, "longer than 4096 bytes"},
};

static void test_errors(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as in the program: the command must not inherit it */
	for (size_t i = 0; i < TABLE_COUNT(error_rows); i++) {
		struct secret secret = {0};
		struct err err = ERR_INIT;

		if (secret_find(&error_rows[i].sources, &secret, &err) != -1)
			fail_msg("no error, want \"%s\"", error_rows[i].want);
		if (strstr(err.text, error_rows[i].want) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", err.text, error_rows[i].want);
		assert_int_equal(err.code, error_rows[i].code);
		assert_null(strstr(err.text, "hunter2"));
		assert_null(secret.bytes);
	}
}

static void test_take_argument(void **state)
{
	static char argument[SECRET_MAX + 2];
	struct secret secret = {0};
	struct err err = ERR_INIT;

	(void)state;
	for (size_t n = SECRET_MAX; n <= SECRET_MAX + 1; n++) {
		memset(argument, 'p', n);
		argument[n] = '\0';
		assert_int_equal(
		    secret_take_argument(&secret, argument, &err), n <= SECRET_MAX ? 0 : -1);
		for (size_t i = 0; i < sizeof(argument); i++)
			assert_int_equal(argument[i], 0);
	}
	assert_int_equal(secret.n, SECRET_MAX);
	secret_wipe(&secret);
	assert_int_equal(secret.n, 0);
	secret_wipe(&secret);
}

/* The command gets no descriptor that another program would not get. */
static void test_descriptors(void **state)
{
	const char command[] = "ls /proc/self/fd | wc -l";
	const struct secret_sources sources = {.command = command};
	struct secret secret = {0};
	struct err err = ERR_INIT;
	int ours = open("/dev/null", O_RDONLY | O_CLOEXEC);
	FILE *other = popen(command, "r");
	char want[16] = "";

	(void)state;
	assert_true(ours >= 0);
	assert_non_null(other);
	assert_non_null(fgets(want, sizeof(want), other));
	pclose(other);
	want[strcspn(want, "\n")] = '\0';
	assert_int_equal(secret_find(&sources, &secret, &err), 0);
	assert_string_equal(secret.bytes, want);
	secret_wipe(&secret);
	close(ours);
}

#define HIDDEN_SIZE 64

/* The password of the next test, made byte by byte, so that memory holds no constant of it. */
static char hidden_byte(size_t i)
{
	return (char)('A' + (i * i + 5 * i) % 57);
}

/* Also looks at freed memory. Compares the second half only: free(3) overwrites the beginning of a
 * block. */
__attribute__((no_sanitize("address"))) static bool is_hidden(const char *at)
{
	for (size_t i = HIDDEN_SIZE / 2; i < HIDDEN_SIZE; i++)
		if (at[i] != hidden_byte(i))
			return false;
	return true;
}

/* Counts its places in the writable memory of this process; leaves out the huge regions of the
 * sanitizers. */
static unsigned count_hidden(void)
{
	const unsigned long too_large = 64UL << 20;
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long from;
	unsigned long to;
	unsigned count = 0;
	char access[5];
	char line[512];

	if (maps == NULL)
		return 0;
	while (fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%lx-%lx %4s", &from, &to, access) != 3 || access[1] != 'w' ||
		    access[0] != 'r' || to - from > too_large)
			continue;
		for (unsigned long at = from; at + HIDDEN_SIZE <= to; at++)
			if (is_hidden((const char *)(uintptr_t)at))
				count++;
	}
	fclose(maps);
	return count;
}

/* No copy is left in memory. */
static void test_wiped(void **state)
{
	const struct secret_sources sources[] = {
	    {.file = "password"},
	    {.command = "cat password"},
	};
	int fd = open("password", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	(void)state;
	for (size_t i = 0; i < HIDDEN_SIZE; i++) {
		char byte = hidden_byte(i);

		assert_int_equal(write(fd, &byte, 1), 1);
	}
	close(fd);
	for (size_t i = 0; i < TABLE_COUNT(sources); i++) {
		struct secret secret = {0};
		struct err err = ERR_INIT;

		assert_int_equal(secret_find(&sources[i], &secret, &err), 0);
		assert_int_equal(count_hidden(), 1); /* the search does find it */
		secret_wipe(&secret);
		assert_int_equal(count_hidden(), 0);
	}
}

static void test_protect_process(void **state)
{
	pid_t pid = fork();
	int status = 0;

	(void)state;
	if (pid == 0) {
		struct rlimit limit = {1, 1};

		secret_protect_process();
		_exit(getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 0 ||
		      limit.rlim_max != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/*
 * Runs secret_find() in a child. Returns the exit status of the error, 0 for the wanted password.
 */
static int find_status(const struct secret_sources *sources, const char *want)
{
	struct secret secret = {0};
	struct err err = ERR_INIT;
	int status;

	if (interrupt_install(&err) != 0)
		return CHILD_WRONG_PASSWORD;
	if (secret_find(sources, &secret, &err) != 0)
		return err_exit_status(&err);
	status = strcmp(secret.bytes, want) == 0 ? 0 : CHILD_WRONG_PASSWORD;
	secret_wipe(&secret);
	return status;
}

static int status_of(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_no_terminal(void **state)
{
	const struct secret_sources sources = {
	    .username = "global", .credentials_directory = "/nonexistent"};
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		setsid();
		_exit(find_status(&sources, ""));
	}
	assert_int_equal(status_of(pid), 64);
}

/* A signal ends the wait for a command that never ends. */
static void test_interrupted_command(void **state)
{
	static const char *const commands[] = {
	    "kill -TERM $PPID; exec sleep 1000",
	    "exec >&-; sleep 0.2; kill -TERM $PPID; exec sleep 1000",
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(commands); i++) {
		const struct secret_sources sources = {.command = commands[i]};
		pid_t pid = fork();

		if (pid == 0)
			_exit(find_status(&sources, ""));
		assert_int_equal(status_of(pid), 128 + SIGTERM);
	}
}

static const struct {
	struct secret_sources sources;
	const char *why;
} deadline_rows[] = {
    {{.command = "exec sleep 1000"}, "it says nothing"},
    {{.command = "printf half; exec sleep 1000"}, "it does not end its line"},
    {{.command = "echo hunter2; exec >&-; exec sleep 1000"}, "it does not end"},
    {{.command = "trap '' TERM; exec >&-; while :; do sleep 0.1; done"}, "it is deaf"},
    {{.file = "pipe"}, "a pipe that nobody writes to"},
    {{.credentials_directory = "."}, "a credential that is one"},
};

/* The deadline of the run ends the wait; an answer in time counts. */
static void test_deadline(void **state)
{
	struct secret_sources sources = {.command = "sleep 0.2; echo 's3 cret'"};
	struct secret secret = {0};
	struct err err = ERR_INIT;

	(void)state;
	remove("imap-password");
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_int_equal(symlink("pipe", "imap-password"), 0);
	for (size_t i = 0; i < TABLE_COUNT(deadline_rows); i++) {
		struct secret_sources late = deadline_rows[i].sources;

		err = (struct err)ERR_INIT;
		late.deadline = clock_now() + 200;
		assert_row(secret_find(&late, &secret, &err) == -1, deadline_rows[i].why);
		assert_row(err.code == ERR_TEMPORARY, err.text);
		assert_row(
		    strstr(err.text, "the deadline of the run has passed") != NULL, err.text);
	}
	assert_int_equal(remove("imap-password"), 0);
	assert_int_equal(remove("pipe"), 0);
	sources.deadline = clock_now() + PATIENCE * 1000;
	assert_int_equal(secret_find(&sources, &secret, &err), 0);
	assert_string_equal(secret.bytes, "s3 cret");
	secret_wipe(&secret);
}

/* Somebody writes to a pipe later, in pieces. */
static void test_pipe(void **state)
{
	const struct secret_sources sources = {.file = "pipe"};
	struct secret secret = {0};
	struct err err = ERR_INIT;
	pid_t pid;

	(void)state;
	assert_int_equal(mkfifo("pipe", 0600), 0);
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c",
		    "sleep 0.2; { printf s3; sleep 0.2; echo ' cret'; } >pipe", (char *)NULL);
		_exit(1);
	}
	assert_int_equal(secret_find(&sources, &secret, &err), 0);
	assert_string_equal(secret.bytes, "s3 cret");
	secret_wipe(&secret);
	assert_int_equal(status_of(pid), 0);
	assert_int_equal(remove("pipe"), 0);
}

/* What happened to the program on its terminal, as the shell saw it. */
struct outcome {
	int status; /* its exit status */
	int stops;  /* how often it was stopped */
	bool echo_when_stopped;
	bool echo_at_end;
};

static bool echo_is_on(int fd)
{
	struct termios settings;

	return tcgetattr(fd, &settings) == 0 && (settings.c_lflag & ECHO) != 0;
}

/* A shell with job control: runs the program in a process group of its own and continues it. */
static void run_shell(int report, bool background)
{
	const struct secret_sources sources = {.username = "global"};
	struct outcome outcome = {0};
	pid_t pid;
	int status = 0;

	signal(SIGTTOU, SIG_IGN);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		if (!background)
			tcsetpgrp(STDIN_FILENO, getpid());
		signal(SIGTTOU, SIG_DFL);
		/* They are ignored when the tests run in the background. */
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		_exit(find_status(&sources, "s3 cret"));
	}
	while (waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status)) {
		outcome.stops++;
		outcome.echo_when_stopped = echo_is_on(STDIN_FILENO);
		kill(pid, SIGCONT);
	}
	outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
	outcome.echo_at_end = echo_is_on(STDIN_FILENO);
	_exit(write(report, &outcome, sizeof(outcome)) == sizeof(outcome) ? 0 : 1);
}

/*
 * Reads from a terminal. Just after its other end has been closed the system may say so (EIO)
 * before it hands out what was written last: then it is asked again for some time.
 */
static ssize_t read_terminal(int terminal, char *room, size_t n)
{
	ssize_t got = -1;

	for (unsigned tries = 0; tries < 100; tries++) {
		got = read(terminal, room, n);
		if (got >= 0 || errno != EIO)
			break;
		poll(NULL, 0, 10);
	}
	return got;
}

/* Reads until the text stands there for the n-th time. */
static void await_text(int terminal, struct buf *screen, const char *text, unsigned n)
{
	for (;;) {
		struct span rest = buf_span(screen);
		unsigned seen = 0;
		size_t at;
		char *room;
		ssize_t got;

		while ((at = span_find_text(rest, span_of(text))) != SPAN_NPOS) {
			seen++;
			rest = span_from(rest, at + 1);
		}
		if (seen >= n)
			return;
		room = buf_reserve(screen, 256);
		got = read_terminal(terminal, room, 256);
		if (got <= 0)
			fail_msg("no \"%s\" in \"%s\"", text, buf_string(screen));
		screen->n += (size_t)got;
	}
}

static void type_text(int terminal, const char *text)
{
	assert_int_equal(write(terminal, text, strlen(text)), strlen(text));
}

struct terminal {
	int fd;
	int report;
	pid_t shell;
	struct buf screen;
};

static void terminal_open(struct terminal *terminal, bool background)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	terminal->shell = forkpty(&terminal->fd, NULL, NULL, NULL);
	assert_true(terminal->shell >= 0);
	if (terminal->shell == 0)
		run_shell(ends[1], background);
	close(ends[1]);
	terminal->report = ends[0];
	buf_init(&terminal->screen, 65536);
}

static struct outcome terminal_close(struct terminal *terminal)
{
	struct outcome outcome = {0};

	assert_int_equal(read(terminal->report, &outcome, sizeof(outcome)), sizeof(outcome));
	assert_int_equal(status_of(terminal->shell), 0);
	assert_true(outcome.echo_at_end);
	if (span_find_text(buf_span(&terminal->screen), SPAN("s3")) != SPAN_NPOS)
		fail_msg("the password was shown");
	buf_fini(&terminal->screen);
	close(terminal->report);
	close(terminal->fd);
	return outcome;
}

static void test_prompt(void **state)
{
	struct terminal terminal;

	(void)state;
	terminal_open(&terminal, false);
	await_text(terminal.fd, &terminal.screen, "Password: ", 1);
	assert_string_equal(buf_string(&terminal.screen), PROMPT);
	assert_false(echo_is_on(terminal.fd));
	type_text(terminal.fd, "s3 cret\n");
	await_text(terminal.fd, &terminal.screen, "Password: \r\n", 1);
	assert_int_equal(terminal_close(&terminal).status, 0);
}

static void test_prompt_end_of_file(void **state)
{
	struct terminal terminal;

	(void)state;
	terminal_open(&terminal, false);
	await_text(terminal.fd, &terminal.screen, "Password: ", 1);
	type_text(terminal.fd, "\x04");
	assert_int_equal(terminal_close(&terminal).status, 64);
}

static void test_prompt_interrupted(void **state)
{
	struct terminal terminal;

	(void)state;
	terminal_open(&terminal, false);
	await_text(terminal.fd, &terminal.screen, "Password: ", 1);
	type_text(terminal.fd, "s3 cr\x03");
	assert_int_equal(terminal_close(&terminal).status, 128 + SIGINT);
}

static void test_prompt_quit(void **state)
{
	struct terminal terminal;

	(void)state;
	terminal_open(&terminal, false);
	await_text(terminal.fd, &terminal.screen, "Password: ", 1);
	type_text(terminal.fd, "s3 cr\x1C");
	assert_int_equal(terminal_close(&terminal).status, 1000 + SIGQUIT);
}

/* Ctrl-Z: the echo is on while the shell has the terminal, and the question comes again. */
static void test_prompt_stopped(void **state)
{
	struct terminal terminal;
	struct outcome outcome;

	(void)state;
	terminal_open(&terminal, false);
	await_text(terminal.fd, &terminal.screen, "Password: ", 1);
	type_text(terminal.fd, "s3 wrong\x1A");
	await_text(terminal.fd, &terminal.screen, "Password: ", 2);
	type_text(terminal.fd, "s3 cret\n");
	outcome = terminal_close(&terminal);
	assert_int_equal(outcome.status, 0);
	assert_int_equal(outcome.stops, 1);
	assert_true(outcome.echo_when_stopped);
}

static void test_prompt_in_background(void **state)
{
	struct terminal terminal;
	struct outcome outcome;

	(void)state;
	terminal_open(&terminal, true);
	outcome = terminal_close(&terminal);
	assert_int_equal(outcome.status, 64);
	assert_int_equal(outcome.stops, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_contents),
	    cmocka_unit_test(test_lengths),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_credentials_first),
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_take_argument),
	    cmocka_unit_test(test_descriptors),
	    cmocka_unit_test(test_wiped),
	    cmocka_unit_test(test_protect_process),
	    cmocka_unit_test(test_no_terminal),
	    cmocka_unit_test(test_interrupted_command),
	    cmocka_unit_test(test_deadline),
	    cmocka_unit_test(test_pipe),
	    cmocka_unit_test(test_prompt),
	    cmocka_unit_test(test_prompt_end_of_file),
	    cmocka_unit_test(test_prompt_interrupted),
	    cmocka_unit_test(test_prompt_quit),
	    cmocka_unit_test(test_prompt_stopped),
	    cmocka_unit_test(test_prompt_in_background),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
