/*
 * The Received fields of a message as one story, read from the top: the
 * uppermost line that states a fact counts (columns.md), since what stands
 * below may have come with the message.
 */
#ifndef REPORT_TRAIL_H
#define REPORT_TRAIL_H

#include "mail/domain.h"
#include "mail/received.h"
#include "evidence/evidence_received.h"
#include "evidence/fields.h"

/* How many Received fields are looked at, from the top. */
#define TRAIL_MAX_LINES 64

struct trail_line {
	struct field *field;
	struct span login; /* that the line shows, or empty */
	struct span uid;   /* of a local process that handed the message in, or empty */
	struct span user;  /* the same by name */
	bool is_login;     /* its protocol says that somebody logged in */
	bool is_parsed;
	struct received received; /* once it is parsed */
};

struct trail_fact {
	struct span value; /* empty: none; else a part of a body, see evidence_received_scan() */
	unsigned line;     /* 0 is the top */
};

struct trail {
	struct domain_memory domains; /* stays from message to message; zeroed at first */
	unsigned count;
	bool truncated; /* there were more lines, or a line was too long to be read whole */
	bool has_local; /* some line has a uid or user */
	bool is_forged; /* something was left out that a script wrote */
	struct trail_line line[TRAIL_MAX_LINES];
	struct trail_fact fact[RECEIVED_FACT_COUNT];
	struct span
	    also_sender; /* a further authenticated sender, another than the first; or empty */
};

/*
 * Forgets the message before and reads the lines from `top` on. `script` is the number of the field
 * that PHP writes in front of what a script has written, or 0: where a local process has handed the
 * message in further up, the lines below it are the script's, and left out.
 */
void trail_scan(struct trail *trail, struct field *top, unsigned script);

/* True when the line is of a process of the host itself. */
static inline bool trail_line_is_local(const struct trail_line *line)
{
	return line->uid.n > 0 || line->user.n > 0;
}

/* True when the line shows that somebody logged in, named or not. */
static inline bool trail_line_has_login(const struct trail_line *line)
{
	return line->is_login || line->login.n > 0;
}

/* True when Exim says that it wrote the line. */
static inline bool trail_line_is_by_exim(const struct trail_line *line)
{
	struct span body = span_head(line->field->body, RECEIVED_BODY_MAX);

	return span_find_text(body, SPAN("(Exim ")) != SPAN_NPOS;
}

/* trail_received() of a line that was not asked for yet. */
void trail_parse(struct trail_line *line);

/* The parts of one line; they are parts of the block, unclean as it is. */
static inline const struct received *trail_received(struct trail *trail, unsigned line)
{
	struct trail_line *at = &trail->line[line];

	if (!at->is_parsed)
		trail_parse(at);
	return &at->received;
}

/* The user of the local process that handed the message in, or empty. */
struct span trail_local_user(const struct trail *trail);

/* What the uppermost line of qmail says that it was invoked for, or empty: none does, or a uid. */
struct span trail_qmail_mode(const struct trail *trail);

/* The sender of the envelope that the uppermost line names, or empty. */
struct span trail_envelope(const struct trail *trail);

/* The same with the rest of the line behind it: enough to see what it begins with. */
struct span trail_envelope_on(const struct trail *trail);

/*
 * The uppermost line of a local process that counts for more than the first one, which is nobody's:
 * an account of the system, or a content filter that put back what the same host had taken from the
 * network. It is neither, and of another host. The number of lines when there is none.
 */
unsigned trail_origin(struct trail *trail);

/* True when the line is a content filter's, as above. */
bool trail_is_reinjected(struct trail *trail, unsigned line);

/*
 * The uppermost line that shows the login of the identity: one that names it, or else one whose
 * protocol tells that somebody logged in and that names nobody. Its client is not the host itself.
 * The first line is the filter's: of its protocol it tells only who logged in there, which is the
 * identity when by_filter is true. The number of lines when there is none.
 */
unsigned trail_login_line(struct trail *trail, struct span identity, bool by_filter);

#endif
