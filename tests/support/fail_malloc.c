/*
 * Preloaded: allocations fail. FAIL_AT says which, counted from 1 and without those of the
 * dynamic loader; FAIL_ALL: all from there on. FAIL_COUNT names a file that gets the number of
 * allocations when the program ends, FAIL_TRACE one that gets the calls that led to a crash.
 */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The allocator of glibc under its own names, so that none has to be looked up. */
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t count, size_t n);
extern void *__libc_realloc(void *p, size_t n);
extern void *__libc_memalign(size_t alignment, size_t n);

static atomic_ulong fail_count;
static unsigned long fail_at;
static bool fail_all;
static bool fail_counts;

#define FAIL_MAX_CALLS 64

static int fail_trace = -1;

/* One line a call, the innermost first: OBJECT(SYMBOL+OFFSET). Then it ends as it would have. */
static void fail_crashed(int number)
{
	void *calls[FAIL_MAX_CALLS];

	fail_counts = false;
	backtrace_symbols_fd(calls, backtrace(calls, FAIL_MAX_CALLS), fail_trace);
	raise(number);
}

static void fail_watch_crashes(void)
{
	static const int numbers[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
	const char *name = getenv("FAIL_TRACE");
	struct sigaction action = {.sa_handler = fail_crashed, .sa_flags = (int)SA_RESETHAND};
	void *call;

	if (name == NULL || (fail_trace = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) < 0)
		return;
	backtrace(&call, 1); /* loads what it needs */
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		sigaction(numbers[i], &action, NULL);
}

__attribute__((constructor)) static void fail_begin(void)
{
	const char *at = getenv("FAIL_AT");

	fail_at = at == NULL ? 0 : strtoul(at, NULL, 10);
	fail_all = getenv("FAIL_ALL") != NULL;
	fail_watch_crashes();
	fail_counts = true;
}

__attribute__((destructor)) static void fail_end(void)
{
	const char *name = getenv("FAIL_COUNT");
	char text[32];
	int fd;

	fail_counts = false;
	if (name == NULL || (fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600)) < 0)
		return;
	snprintf(text, sizeof(text), "%lu\n", (unsigned long)fail_count);
	if (write(fd, text, strlen(text)) < 0)
		abort();
	close(fd);
}

static bool fail_now(void)
{
	unsigned long count;

	if (!fail_counts)
		return false;
	count = atomic_fetch_add(&fail_count, 1) + 1;
	if (fail_at == 0 || count < fail_at || (count > fail_at && !fail_all))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t n)
{
	return fail_now() ? NULL : __libc_malloc(n);
}

void *calloc(size_t count, size_t n)
{
	return fail_now() ? NULL : __libc_calloc(count, n);
}

void *realloc(void *p, size_t n)
{
	return fail_now() ? NULL : __libc_realloc(p, n);
}

void *reallocarray(void *p, size_t count, size_t n)
{
	size_t all;

	if (__builtin_mul_overflow(count, n, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, all);
}

int posix_memalign(void **p, size_t alignment, size_t n)
{
	if (fail_now() || (*p = __libc_memalign(alignment, n)) == NULL)
		return ENOMEM;
	return 0;
}
