/*
 * A feedback report (ARF, RFC 5965 with 6591, 6692) as it comes in: which
 * parts of a message are one, and what its fields say. Tolerant in form;
 * what contradicts itself is marked and never chosen silently.
 */
#ifndef MAIL_FEEDBACK_H
#define MAIL_FEEDBACK_H

#include "mail/mime.h"

/* Limits of part 2; reaching one sets FEEDBACK_TRUNCATED. */
#define FEEDBACK_MAX_PART   ((size_t)1024 * 1024)
#define FEEDBACK_MAX_FIELDS 1000
#define FEEDBACK_MAX_VALUE  ((size_t)64 * 1024)
#define FEEDBACK_MAX_NAME   ((size_t)100)

/* Recipients that are listed; more are only counted. */
#define FEEDBACK_MAX_RECIPIENTS 100

/* Bytes of the header section of the message that is reported. */
#define FEEDBACK_MAX_HEADER ((size_t)1024 * 1024)

/* Fields that stand once. */
enum feedback_field {
	FEEDBACK_TYPE,
	FEEDBACK_USER_AGENT,
	FEEDBACK_VERSION,
	FEEDBACK_ENVELOPE_ID,
	FEEDBACK_MAIL_FROM,
	FEEDBACK_ARRIVAL_DATE, /* or its elder twin, Received-Date */
	FEEDBACK_REPORTING_MTA,
	FEEDBACK_SOURCE_IP,
	FEEDBACK_INCIDENTS,
	FEEDBACK_RESULTS, /* Authentication-Results; of several the first with a login */
	FEEDBACK_RCPT_TO, /* the first; all are in feedback.recipient */
	FEEDBACK_FIELD_COUNT
};

enum feedback_mark {
	FEEDBACK_TRUNCATED = 1 << 0,
	FEEDBACK_CONFLICT = 1 << 1,  /* a field that stands once, twice with two values */
	FEEDBACK_TWO_DATES = 1 << 2, /* Arrival-Date and Received-Date differ: malformed */
	FEEDBACK_OLD_FORM = 1 << 3,  /* no ARF: a complaint whose facts are in the outer header */
};

enum feedback_kind {
	FEEDBACK_NONE,    /* no report */
	FEEDBACK_REPORT,  /* one with part 2 */
	FEEDBACK_DAMAGED, /* says that it is one, and has no part 2 or nothing in it */
	FEEDBACK_DMARC,   /* the filter's own mails about failed DMARC, which are no ARF */
	FEEDBACK_XARF,    /* another format: X-ARF, XARF */
	FEEDBACK_NESTED,  /* a message with a report attached */
};

struct feedback {
	enum feedback_kind kind;
	const char *why;                         /* of a damaged one */
	struct span value[FEEDBACK_FIELD_COUNT]; /* unfolded, trimmed, unclean; or empty */
	unsigned recipients;                     /* each once, as far as they are listed */
	struct span recipient[FEEDBACK_MAX_RECIPIENTS];
	unsigned marks;      /* enum feedback_mark */
	bool has_original;   /* part 3 is there */
	bool has_nested;     /* part 3 is a report itself: it was not looked into */
	struct span header;  /* of the message that is reported, from part 3 */
	struct buf fields;   /* what the values point into */
	struct buf original; /* the same for the header, when it was encoded */
};

void feedback_init(struct feedback *feedback);
void feedback_fini(struct feedback *feedback);

/*
 * True when a header section is that of a feedback report by its Content-Type. Anybody can write
 * one.
 */
bool feedback_is(struct span header);

/* True when it is that of a complaint in the form that Hotmail had before ARF: the message itself
 * attached, the address in Subject, the recipient in a field of its own. */
bool feedback_is_complaint(struct span header);

/*
 * Reads a whole message, which must outlive what was read. 0, whatever it holds, or -1 without
 * memory.
 */
int feedback_read(struct feedback *feedback, struct span message);

/* The login and the host of Authentication-Results: "HOST; … smtp.auth=USER@DOMAIN". */
struct feedback_login {
	struct span host;   /* or empty */
	struct span user;   /* before the last '@'; may be empty: all of a domain */
	struct span domain; /* behind it, or empty */
	struct span whole;
};

/* False when there is no smtp.auth. */
bool feedback_read_login(struct span results, struct feedback_login *login_r);

/* The address of a path, without one pair of brackets; "<>" is the null sender: *null_r. */
struct span feedback_path(struct span value, bool *null_r);

/* The first IP address of Source-IP, without brackets and "IPv6:"; empty when it is none. */
struct span feedback_ip(struct span value);

#endif
