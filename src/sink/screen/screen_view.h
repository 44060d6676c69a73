/*
 * What is shown of a screen_model, and what keys do: the list of groups, the latest messages of
 * one, and texts (help, an explanation, how to lock). It knows no terminal.
 */
#ifndef SCREEN_VIEW_H
#define SCREEN_VIEW_H

#include "sink/screen/screen_canvas.h"
#include "sink/screen/screen_key.h"
#include "sink/screen/screen_model.h"

/* What the caller is to do after a key. */
enum screen_action {
	SCREEN_NOTHING,
	SCREEN_QUIT,
	SCREEN_SAVE,     /* the list as a file: screen_view_rows() */
	SCREEN_LOCK,     /* say how the chosen group is locked: screen_view_ask() */
	SCREEN_RUN_LOCK, /* yes was typed */
};

enum screen_what { SCREEN_LIST, SCREEN_MESSAGES, SCREEN_TEXT };

/* Bytes that can be typed as a filter, or as an answer. */
#define SCREEN_MAX_TYPED 120

struct screen_view {
	/* The caller's, who changes them between report_pause() and report_resume(): */
	struct screen_model *model;
	struct buf period;  /* what the list is about */
	struct buf servers; /* where messages come from, and how that is */
	time_t now;
	time_t at;        /* when rates end; now, or the end of a period that is over */
	bool letter_bars; /* courses of ASCII letters */
	/* Its own: */
	enum screen_what what;
	enum screen_by by;
	enum screen_column sort;
	bool reverse;
	struct buf filter;
	bool typing; /* the filter */
	bool stale;  /* the order is not what was asked for since */
	struct screen_order order;
	uint32_t chosen;  /* a group, if there is one */
	uint32_t place;   /* its place in the list */
	uint32_t first;   /* the first place that is shown */
	unsigned rows;    /* that were shown last */
	uint64_t message; /* the number of the chosen one */
	unsigned message_place;
	enum screen_what below; /* what is shown again after a text */
	struct buf title;       /* of the text */
	struct buf text;
	unsigned scroll; /* the first line of it that is shown */
	unsigned lines;  /* that it had when it was shown last */
	bool asking;     /* a yes may be typed below it */
	struct buf answer;
	struct buf note; /* what was done last; until the next key */
};

void screen_view_init(struct screen_view *view, struct screen_model *model);
void screen_view_fini(struct screen_view *view);

/* Shows another model, in the way that was chosen; its groups are others. screen_view_refresh() is
 * due. */
void screen_view_set_model(struct screen_view *view, struct screen_model *model);

/* Puts the list in order. ERR_SYSTEM. */
int screen_view_refresh(struct screen_view *view, struct err *err);

/* Needs the order to be of now, as do the following. */
enum screen_action screen_view_key(struct screen_view *view, uint32_t key);

void screen_view_draw(struct screen_view *view, struct screen_canvas *canvas);

/* The groups as they are listed, and one row of the others. */
struct group_view screen_view_rows(const struct screen_view *view);

/* False when there is none; group_view_row() of one. */
bool screen_view_chosen(const struct screen_view *view, struct group_row *row_r);

/* A line at the bottom, until the next key. */
void screen_view_note(struct screen_view *view, struct span text);

/* Shows a text; with `ask` a yes can be typed, for SCREEN_RUN_LOCK. */
void screen_view_ask(struct screen_view *view, const char *title, struct span text, bool ask);

/* True when the caller can be asked to lock the chosen group: it is one by Identity. */
bool screen_view_is_by_identity(const struct screen_view *view);

#endif
