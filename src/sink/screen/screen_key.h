/*
 * The keys of a terminal. The header has nothing else, since those of ncurses take many names.
 */
#ifndef SCREEN_KEY_H
#define SCREEN_KEY_H

/* Keys that are no characters; those are their code points. */
enum screen_key {
	SCREEN_KEY_UP = 0x110000,
	SCREEN_KEY_DOWN,
	SCREEN_KEY_PAGE_UP,
	SCREEN_KEY_PAGE_DOWN,
	SCREEN_KEY_HOME,
	SCREEN_KEY_END,
	SCREEN_KEY_BACKSPACE,
	SCREEN_KEY_OTHER, /* means nothing */
};
#define SCREEN_KEY_ENTER  '\n'
#define SCREEN_KEY_ESCAPE 0x1B

#endif
