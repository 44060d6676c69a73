#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1 /* which name functions */
#include "sink/screen/screen_terminal.h"

#include <curses.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "base/library.h"
#include "sink/screen/screen_key.h"

/* Milliseconds in which the rest of a key's sequence follows its escape character. */
#define TERMINAL_ESCAPE_DELAY 25

/* Bytes that give a terminal back. */
#define TERMINAL_MAX_RESTORE 256

/* Of the handler: what it does needs little. */
#define TERMINAL_STACK 65536

/* A signal that ends the process, and that nobody else catches. */
static const int terminal_signals[] = {SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV,
    SIGSYS, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU};

#define TERMINAL_SIGNALS (sizeof(terminal_signals) / sizeof(terminal_signals[0]))

/* Of the process, as is its terminal: a signal handler has to find it. */
static struct {
	SCREEN *screen; /* NULL: it is not open */
	bool color;
	bool blocks;
	bool at_exit;                /* it is given back then */
	volatile sig_atomic_t taken; /* the terminal is not as it was found */
	struct termios found;
	char restore[TERMINAL_MAX_RESTORE];
	size_t restore_n;
	struct sigaction before[TERMINAL_SIGNALS];
	void *stack;
	stack_t stack_before;
} terminal;

/* --- ncurses, which is loaded when there is a terminal to take --- */

#define TERMINAL_FUNCTIONS(F)                                                                      \
	F(COLOR_PAIR)                                                                              \
	F(cbreak)                                                                                  \
	F(clearok)                                                                                 \
	F(curs_set)                                                                                \
	F(def_prog_mode)                                                                           \
	F(del_curterm)                                                                             \
	F(delscreen)                                                                               \
	F(endwin)                                                                                  \
	F(getmaxx)                                                                                 \
	F(getmaxy)                                                                                 \
	F(has_colors)                                                                              \
	F(init_pair)                                                                               \
	F(intrflush)                                                                               \
	F(keypad)                                                                                  \
	F(newterm)                                                                                 \
	F(nodelay)                                                                                 \
	F(noecho)                                                                                  \
	F(nonl)                                                                                    \
	F(reset_prog_mode)                                                                         \
	F(set_escdelay)                                                                            \
	F(setupterm)                                                                               \
	F(start_color)                                                                             \
	F(tigetstr)                                                                                \
	F(tputs)                                                                                   \
	F(use_default_colors)                                                                      \
	F(waddnstr)                                                                                \
	F(wattrset)                                                                                \
	F(werase)                                                                                  \
	F(wget_wch)                                                                                \
	F(wmove)                                                                                   \
	F(wrefresh)

static struct {
#define TERMINAL_MEMBER(name) __typeof__(name) *name;
	TERMINAL_FUNCTIONS(TERMINAL_MEMBER)
	/* Its variables stdscr and cur_term. */
	WINDOW **screen;
	TERMINAL **known;
} curses;

static const struct library_function terminal_functions[] = {
#define TERMINAL_ROW(name) {#name, &curses.name},
    TERMINAL_FUNCTIONS(TERMINAL_ROW){"stdscr", &curses.screen},
    {"cur_term", &curses.known},
};

static const char *const terminal_files[] = {"libncursesw.so.6", "libncursesw.so", NULL};

static struct library terminal_library = {
    .title = "ncurses",
    .files = terminal_files,
    .functions = terminal_functions,
    .function_count = sizeof(terminal_functions) / sizeof(*terminal_functions),
};

/* --- Giving it back --- */

/* Nothing here but system calls that a signal handler may make. Also at exit(): ncurses calls it
 * when it has no memory. */
static void terminal_give_back(void)
{
	if (!terminal.taken)
		return;
	terminal.taken = 0;
	(void)!write(STDOUT_FILENO, terminal.restore, terminal.restore_n);
	tcsetattr(STDIN_FILENO, TCSANOW, &terminal.found);
}

static void terminal_crash(int number)
{
	int saved = errno;

	terminal_give_back();
	for (size_t i = 0; i < TERMINAL_SIGNALS; i++)
		if (terminal_signals[i] == number)
			sigaction(number, &terminal.before[i], NULL);
	errno = saved;
	/* It is delivered when this returns. */
	raise(number);
}

static int terminal_add_byte(int byte)
{
	if (terminal.restore_n < TERMINAL_MAX_RESTORE)
		terminal.restore[terminal.restore_n++] = (char)byte;
	return byte;
}

static void terminal_add_string(const char *name)
{
	const char *string = curses.tigetstr((char *)(uintptr_t)name);

	if (string != NULL && string != (const char *)-1)
		curses.tputs(string, 1, terminal_add_byte);
}

static void terminal_prepare_restore(void)
{
	/* Looks, colours, keypad, cursor, the other screen. */
	static const char *const names[] = {"sgr0", "op", "rmkx", "cnorm", "rmcup"};

	terminal.restore_n = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		terminal_add_string(names[i]);
}

static void terminal_catch(void)
{
	struct sigaction action = {.sa_handler = terminal_crash, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_size = TERMINAL_STACK};

	sigfillset(&action.sa_mask);
	terminal.stack = malloc(TERMINAL_STACK);
	stack.ss_sp = terminal.stack;
	/* Whoever runs out of stack must not need it to say so. */
	if (terminal.stack == NULL || sigaltstack(&stack, &terminal.stack_before) != 0) {
		free(terminal.stack);
		terminal.stack = NULL;
	}
	for (size_t i = 0; i < TERMINAL_SIGNALS; i++) {
		sigaction(terminal_signals[i], NULL, &terminal.before[i]);
		if (terminal.before[i].sa_handler != SIG_IGN)
			sigaction(terminal_signals[i], &action, NULL);
	}
}

static void terminal_let_go(void)
{
	for (size_t i = 0; i < TERMINAL_SIGNALS; i++)
		sigaction(terminal_signals[i], &terminal.before[i], NULL);
	if (terminal.stack == NULL)
		return;
	sigaltstack(&terminal.stack_before, NULL);
	free(terminal.stack);
	terminal.stack = NULL;
}

/* --- Taking it --- */

static void terminal_forget(void)
{
	curses.del_curterm(*curses.known);
}

/* What terminfo says of the terminal: it is there until terminal_forget(). */
static int terminal_learn(struct err *err)
{
	const char *name = getenv("TERM");
	int known = 0;

	if (isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1 ||
	    tcgetattr(STDIN_FILENO, &terminal.found) != 0)
		return err_set(
		    err, ERR_USAGE, "top needs a terminal on standard input and standard output");
	if (name == NULL || name[0] == '\0')
		return err_set(err, ERR_UNAVAILABLE, "TERM is not set: which terminal is this?");
	if (library_open(&terminal_library, err) != 0)
		return -1;
	if (curses.setupterm(NULL, STDOUT_FILENO, &known) != OK) {
		err_set(err, ERR_UNAVAILABLE,
		    known < 0 ? "there is no terminfo database, so that the terminal '%s' is not "
				"known (Debian package ncurses-base)"
			      : "the terminal '%s' (TERM) is not known here: try TERM=xterm",
		    name);
		return -1;
	}
	if (curses.tigetstr("cup") != NULL && curses.tigetstr("cup") != (char *)-1)
		return 0;
	terminal_forget();
	return err_set(
	    err, ERR_UNAVAILABLE, "the terminal '%s' (TERM) cannot place its cursor", name);
}

int screen_terminal_check(struct err *err)
{
	if (terminal_learn(err) != 0)
		return -1;
	terminal_forget();
	return 0;
}

static void terminal_set_modes(void)
{
	curses.cbreak();
	curses.noecho();
	curses.nonl();
	curses.intrflush(*curses.screen, FALSE);
	curses.keypad(*curses.screen, TRUE);
	curses.nodelay(*curses.screen, TRUE);
	curses.set_escdelay(TERMINAL_ESCAPE_DELAY);
	curses.curs_set(0);
	if (terminal.color && curses.has_colors() && curses.start_color() == OK) {
		curses.use_default_colors();
		curses.init_pair(SCREEN_MUCH, COLOR_RED, -1);
		curses.init_pair(SCREEN_SOME, COLOR_YELLOW, -1);
		curses.init_pair(SCREEN_LITTLE, COLOR_GREEN, -1);
	} else {
		terminal.color = false;
	}
}

int screen_terminal_open(bool color, struct err *err)
{
	const char *name = getenv("TERM");

	if (terminal_learn(err) != 0)
		return -1;
	terminal_prepare_restore();
	terminal_forget();
	terminal.color = color;
	/* The console's fonts lack most blocks. */
	terminal.blocks = strncmp(name, "linux", strlen("linux")) != 0;
	if (!terminal.at_exit && atexit(terminal_give_back) != 0)
		return err_nomem(err);
	terminal.at_exit = true;
	terminal_catch();
	terminal.taken = 1;
	terminal.screen = curses.newterm(NULL, stdout, stdin);
	if (terminal.screen == NULL) {
		terminal_give_back();
		terminal_let_go();
		return err_set(err, ERR_SYSTEM, "the terminal '%s' cannot be taken", name);
	}
	terminal_set_modes();
	return 0;
}

void screen_terminal_close(void)
{
	if (terminal.screen == NULL)
		return;
	curses.endwin();
	curses.delscreen(terminal.screen);
	terminal.screen = NULL;
	/* What endwin() could not, as when nobody reads the terminal any more. */
	tcsetattr(STDIN_FILENO, TCSANOW, &terminal.found);
	terminal.taken = 0;
	terminal_let_go();
}

void screen_terminal_suspend(void)
{
	curses.def_prog_mode();
	curses.endwin();
	terminal.taken = 0;
}

void screen_terminal_resume(void)
{
	terminal.taken = 1;
	curses.reset_prog_mode();
	curses.clearok(*curses.screen, TRUE);
	curses.wrefresh(*curses.screen);
}

bool screen_terminal_has_blocks(void)
{
	return terminal.blocks;
}

void screen_terminal_size(unsigned *width_r, unsigned *height_r)
{
	int height = curses.getmaxy(*curses.screen);
	int width = curses.getmaxx(*curses.screen);

	*width_r = width > 0 ? (unsigned)width : 1;
	*height_r = height > 0 ? (unsigned)height : 1;
}

/* --- Text --- */

static attr_t terminal_look(enum screen_look look)
{
	static const attr_t attributes[SCREEN_LOOKS] = {
	    [SCREEN_BAR] = A_REVERSE,
	    [SCREEN_STRONG] = A_BOLD,
	    [SCREEN_FAINT] = A_DIM,
	    [SCREEN_MUCH] = A_BOLD,
	};

	if (look >= SCREEN_MUCH && terminal.color)
		return attributes[look] | (attr_t)curses.COLOR_PAIR((int)look);
	return attributes[look];
}

void screen_terminal_show(const struct screen_canvas *canvas)
{
	curses.werase(*curses.screen);
	for (size_t i = 0; i < canvas->count; i++) {
		const struct screen_piece *piece = &canvas->piece[i];

		curses.wattrset(*curses.screen, (int)terminal_look(piece->look));
		if (curses.wmove(*curses.screen, (int)piece->y, (int)piece->x) == OK)
			curses.waddnstr(
			    *curses.screen, canvas->text.p + piece->start, (int)piece->n);
	}
	curses.wattrset(*curses.screen, A_NORMAL);
	curses.wrefresh(*curses.screen);
}

/* --- Keys --- */

static uint32_t terminal_translate(wint_t key)
{
	switch (key) {
	case KEY_UP:
		return SCREEN_KEY_UP;
	case KEY_DOWN:
		return SCREEN_KEY_DOWN;
	case KEY_PPAGE:
		return SCREEN_KEY_PAGE_UP;
	case KEY_NPAGE:
		return SCREEN_KEY_PAGE_DOWN;
	case KEY_HOME:
		return SCREEN_KEY_HOME;
	case KEY_END:
		return SCREEN_KEY_END;
	case KEY_BACKSPACE:
		return SCREEN_KEY_BACKSPACE;
	case KEY_ENTER:
		return SCREEN_KEY_ENTER;
	default:
		return SCREEN_KEY_OTHER;
	}
}

bool screen_terminal_key(uint32_t *key_r, bool *resized_r)
{
	wint_t key = 0;
	int kind = curses.wget_wch(*curses.screen, &key);

	while (kind == KEY_CODE_YES && key == KEY_RESIZE) {
		*resized_r = true;
		kind = curses.wget_wch(*curses.screen, &key);
	}
	if (kind == ERR)
		return false;
	*key_r = kind == KEY_CODE_YES ? terminal_translate(key) : (uint32_t)key;
	if (*key_r == '\r')
		*key_r = SCREEN_KEY_ENTER;
	if (*key_r == 0x7F || *key_r == 0x08)
		*key_r = SCREEN_KEY_BACKSPACE;
	return true;
}
