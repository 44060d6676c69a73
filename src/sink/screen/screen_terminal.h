/*
 * The terminal of a canvas, by ncurses: the only file that knows it. There is one terminal, that of
 * standard input and output, and only the thread that has opened it may use it.
 *
 * However the process ends it is left as it was found: also when a signal such as SIGSEGV, SIGABRT
 * or SIGQUIT ends it. (Nothing can be done about SIGKILL; reset(1) can.)
 */
#ifndef SCREEN_TERMINAL_H
#define SCREEN_TERMINAL_H

#include "base/err.h"
#include "sink/screen/screen_canvas.h"

/*
 * Whether there is one that can be taken. ERR_USAGE: standard input or output is none.
 * ERR_UNAVAILABLE: $TERM names one that is not known, or that cannot place its cursor.
 */
int screen_terminal_check(struct err *err);

/* Takes the terminal. ERR_SYSTEM; else as above. */
int screen_terminal_open(bool color, struct err *err);

/* Gives it back; nothing when it is not open. */
void screen_terminal_close(void);

/* The same for a while: resume goes on with an empty screen. */
void screen_terminal_suspend(void);
void screen_terminal_resume(void);

/* True when it has the blocks of which bars are made; the console of Linux may lack them. */
bool screen_terminal_has_blocks(void);

/* Its size, also of one that says it has none. */
void screen_terminal_size(unsigned *width_r, unsigned *height_r);

void screen_terminal_show(const struct screen_canvas *canvas);

/* The next key that was typed: a character, or an enum screen_key. False: there is none; that it
 * was resized is *resized_r, which is not set otherwise. */
bool screen_terminal_key(uint32_t *key_r, bool *resized_r);

#endif
