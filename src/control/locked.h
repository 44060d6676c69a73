/*
 * The filter's list of locked identities, and its blacklist of senders. Their columns are
 * documented nowhere: a line is read in each of the shapes that the vendor's other texts have.
 */
#ifndef CONTROL_LOCKED_H
#define CONTROL_LOCKED_H

#include "control/answer.h"
#include "control/calls.h"

/* Where the columns are, when the first line says so; -1: it does not. */
struct locked_columns {
	bool known;
	unsigned count;
	int domain, username, identity, locked;
};

struct locked_reader {
	const struct control_key *asked; /* the domain and user that the list is of */
	struct locked_columns columns;
	bool started;
	bool nameless;  /* the last line is an entry, but for its name: it begins with a comma */
	bool sure;      /* locked_is(): a line that may be about another is not about this one */
	bool shown;     /* with `sure`: a line "NAME (USER@DOMAIN)" is about NAME */
	bool is_shown;  /* the last line was read so */
	bool no_memory; /* a line could not be cut */
	struct buf room;
};

void locked_reader_init(struct locked_reader *reader, const struct control_key *asked);
void locked_reader_fini(struct locked_reader *reader);

/*
 * One line: 1, and who is locked, in the line or in the reader's room; what the line does not say
 * is as asked. 0: it is no entry: *strange_r says whether it is one that nobody understands.
 */
int locked_read(
    struct locked_reader *reader, struct span line, struct control_key *key_r, bool *strange_r);

/* Whether a line of the list is this identity's. Exact, whatever is in the identity. */
bool locked_is(struct locked_reader *reader, struct span line, const struct control_key *key);

/*
 * Whether the list, as it came, has the identity (or sender): *found_r. ERR_PROTOCOL when it is no
 * list; an empty one is.
 */
int locked_has(struct span body, const struct control_key *key, bool *found_r, struct err *err);

/* What a line "NAME (USER@DOMAIN)" alone proves: a list may have that form, and a name, too. */
enum locked_form {
	LOCKED_FORM_OPEN,   /* nothing */
	LOCKED_FORM_LIKELY, /* that NAME is there, unless other lines have another form */
};

/*
 * The same, but where nothing is quoted a line can be read in two ways: "bob,eve" may be bob and a
 * column more, or one identity with a comma in it. Such a line proves nothing.
 */
int locked_proves(struct span body, const struct control_key *key, enum locked_form form,
    bool *found_r, struct err *err);

#endif
