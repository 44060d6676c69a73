/*
 * kill_at N COMMAND [ARGUMENT]...
 *
 * Runs a command and kills it (SIGKILL) at the Nth point: before each system call of its threads
 * that changes what is in the file system (files are made, written, linked, renamed, removed,
 * synced) or starts another process; after each that has started one; and before the first call
 * that sends something to the network after those. Between these points nothing happens that others
 * could see. Processes that it starts are left alone; kill_at ends when they have.
 *
 * Exit status 137, and on stderr which call it was, when the command was killed so; else that of
 * the command (128 + n for a signal), which had no Nth point. 77: processes cannot be traced here.
 *
 * ptrace(2) serves also for a program with sanitizers, but the search for leaks at its end, which
 * would trace it, too: it is turned off.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_THREADS     64
#define MAX_DESCRIPTORS 1024

#define STATUS_KILLED   137
#define STATUS_NO_TRACE 77
#define STATUS_NO_RUN   127
#define STATUS_USAGE    64
#define STATUS_SIGNAL   128
#define SYSCALL_STOP    (SIGTRAP | 0x80) /* PTRACE_O_TRACESYSGOOD */
#define TRACE_OPTIONS                                                                              \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

static const struct {
	long number;
	const char *name;
} calls[] = {
#ifdef SYS_rename
    {SYS_rename, "rename"},
#endif
#ifdef SYS_renameat
    {SYS_renameat, "rename"},
#endif
    {SYS_renameat2, "rename"},
#ifdef SYS_unlink
    {SYS_unlink, "unlink"},
#endif
    {SYS_unlinkat, "unlink"},
#ifdef SYS_mkdir
    {SYS_mkdir, "mkdir"},
#endif
    {SYS_mkdirat, "mkdir"},
    {SYS_linkat, "link"},
    {SYS_fsync, "fsync"},
    {SYS_fdatasync, "fsync"},
#ifdef SYS_vfork
    {SYS_vfork, "start"},
#endif
    {SYS_clone, "start"},
    {SYS_clone3, "start"},
};

/* A thread of the command. */
struct thread {
	pid_t id;     /* 0: no thread */
	bool starts;  /* it is in a call that starts a process */
	bool creates; /* that makes a file */
};

struct trace {
	pid_t pid;
	unsigned long point;
	unsigned long kill_point;
	bool killed;
	bool changed; /* nothing has been sent since the last call that counts */
	struct thread threads[MAX_THREADS];
	bool ours[MAX_DESCRIPTORS]; /* files that it has made: what is written to others is no
				       matter */
};

static bool is_write(uint64_t number)
{
	return number == SYS_write || number == SYS_writev || number == SYS_pwrite64;
}

static bool is_send(uint64_t number)
{
	return number == SYS_connect || number == SYS_sendto || number == SYS_sendmsg;
}

static bool is_start(const char *call)
{
	return call != NULL && strcmp(call, "start") == 0;
}

static bool is_creating(uint64_t flags)
{
	return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

/* Whether an open makes a file. */
static bool is_create(uint64_t number, const uint64_t *args)
{
#ifdef SYS_open
	if (number == SYS_open)
		return is_creating(args[1]);
#endif
	return number == SYS_openat && is_creating(args[2]);
}

/* The name of a call that counts, or NULL. */
static const char *find_call(const struct trace *trace, uint64_t number, const uint64_t *args)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (number == (uint64_t)calls[i].number)
			return calls[i].name;
	if (is_create(number, args))
		return "open";
	if (is_write(number) && args[0] < MAX_DESCRIPTORS && trace->ours[args[0]])
		return "write";
	return NULL;
}

static void reach_point(struct trace *trace, const char *when, const char *call)
{
	if (++trace->point != trace->kill_point)
		return;
	kill(trace->pid, SIGKILL);
	trace->killed = true;
	fprintf(stderr, "kill_at: killed %s %s\n", when, call);
}

static void enter_call(
    struct trace *trace, struct thread *thread, uint64_t number, const uint64_t *args)
{
	const char *call = find_call(trace, number, args);

	thread->starts = is_start(call);
	thread->creates = is_create(number, args);
	if (number == SYS_close && args[0] < MAX_DESCRIPTORS)
		trace->ours[args[0]] = false;
	if (call != NULL)
		reach_point(trace, "before", call);
	else if (trace->changed && is_send(number))
		reach_point(trace, "before", "send");
	if (call != NULL || is_send(number))
		trace->changed = call != NULL;
}

static void leave_call(struct trace *trace, struct thread *thread, int64_t result)
{
	if (thread->creates && result >= 0 && result < MAX_DESCRIPTORS)
		trace->ours[result] = true;
	if (thread->starts)
		reach_point(trace, "after", "start");
	thread->starts = false;
	thread->creates = false;
}

static struct thread *find_thread(struct trace *trace, pid_t id)
{
	for (size_t i = 0; i < MAX_THREADS; i++)
		if (trace->threads[i].id == id)
			return &trace->threads[i];
	return NULL;
}

/* A thread stopped: looks why and lets it go on. */
static void handle_stop(struct trace *trace, pid_t id, int status)
{
	struct thread *thread = find_thread(trace, id);
	struct __ptrace_syscall_info info = {0};
	int signal_number = WSTOPSIG(status);

	if (thread == NULL) {
		/* A new thread begins stopped. */
		thread = find_thread(trace, 0);
		if (thread != NULL)
			thread->id = id;
		signal_number = 0;
	} else if (signal_number == SYSCALL_STOP) {
		signal_number = 0;
		ptrace(PTRACE_GET_SYSCALL_INFO, id, sizeof(info), &info);
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
			enter_call(trace, thread, info.entry.nr, info.entry.args);
		else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
			leave_call(trace, thread, info.exit.rval);
	} else if (status >> 16 != 0) {
		signal_number = 0; /* an event */
	}
	ptrace(PTRACE_SYSCALL, id, 0L, (long)signal_number);
}

static void forget_thread(struct trace *trace, pid_t id)
{
	struct thread *thread = find_thread(trace, id);

	if (thread != NULL)
		*thread = (struct thread){0};
}

/* Until all have ended, also those that the command left behind. Returns the command's status. */
static int follow(struct trace *trace)
{
	int result = 0;
	int status;
	pid_t id;

	while ((id = waitpid(-1, &status, __WALL)) > 0 || (id < 0 && errno == EINTR)) {
		if (id < 0)
			continue;
		if (WIFSTOPPED(status)) {
			handle_stop(trace, id, status);
			continue;
		}
		forget_thread(trace, id);
		if (id == trace->pid)
			result = WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status)
						     : WEXITSTATUS(status);
	}
	return result;
}

static void become(char **argv)
{
	const char *options = getenv("ASAN_OPTIONS");
	char with[1024];

	snprintf(with, sizeof(with), "%s:detect_leaks=0", options != NULL ? options : "");
	setenv("ASAN_OPTIONS", with, 1);
	if (ptrace(PTRACE_TRACEME, 0, 0L, 0L) != 0)
		_exit(STATUS_NO_TRACE);
	raise(SIGSTOP);
	execvp(argv[0], argv);
	_exit(STATUS_NO_RUN);
}

int main(int argc, char **argv)
{
	struct trace trace = {0};
	int status;

	if (argc < 3) {
		fprintf(stderr, "usage: kill_at N COMMAND [ARGUMENT]...\n");
		return STATUS_USAGE;
	}
	trace.kill_point = strtoul(argv[1], NULL, 10);
	prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
	trace.pid = fork();
	if (trace.pid == 0)
		become(argv + 2);
	if (trace.pid < 0 || waitpid(trace.pid, &status, 0) != trace.pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, trace.pid, 0L, (long)TRACE_OPTIONS) != 0) {
		fprintf(stderr, "kill_at: processes cannot be traced here\n");
		if (trace.pid > 0)
			kill(trace.pid, SIGKILL);
		return STATUS_NO_TRACE;
	}
	trace.threads[0].id = trace.pid;
	ptrace(PTRACE_SYSCALL, trace.pid, 0L, 0L);
	status = follow(&trace);
	return trace.killed ? STATUS_KILLED : status;
}
