/*
 * From the value of a field to what a column wants of it: one function for
 * each way of writing it down. The syntax of each is in headers.md, in the
 * section that the comment names.
 */
#ifndef REPORT_EVIDENCE_EXTRACT_H
#define REPORT_EVIDENCE_EXTRACT_H

#include "base/arena.h"
#include "evidence/fields.h"
#include "record/record.h"

struct evidence;

struct evidence_input {
	struct span value;  /* not empty, one line of UTF-8 */
	struct span host;   /* of a column: its evidence_found.host; see evidence_host() */
	unsigned host_line; /* the same */
	bool host_is_known; /* the same, like the next two */
	bool is_guess;
	enum identity_kind kind;
	const struct record *record; /* the columns that rows further up have filled */
	struct evidence *evidence;   /* with `field`: for the functions below; NULL: a saved row */
	const struct field *field;   /* where the value is from; NULL: no field of its own */
	struct arena *arena;
};

struct evidence_found {
	/* Into the input or the arena, blanks at its ends do not count; empty: nothing found. */
	struct span value;
	/* The host that knows this login, where the header tells; or empty, and then, unless it is
	   0, the one that wrote this line of Received, counted from 1. */
	struct span host;
	unsigned host_line;
	bool host_is_known; /* by the filter or a relay: it is not the sender who says so */
	bool is_guess;      /* by a field that nobody has described */
	/* Of an identity, and of a login that is a user of the server; else IDENTITY_UNKNOWN. */
	enum identity_kind kind;
};

typedef struct evidence_found evidence_extractor(const struct evidence_input *in);

/* True when the filter's block has X-<Brand>-Username, empty or not; in evidence_find.c. */
bool evidence_has_user(const struct evidence_input *in);

/* The host that knows the login in the input, or empty; in evidence_find.c. */
struct span evidence_host(const struct evidence_input *in);

/* The same; when nothing tells, the host that trail_host_of_login() finds; in evidence_find.c. */
struct span evidence_host_of_login(const struct evidence_input *in, struct span login);

/* The same of a uid; in evidence_find.c. */
struct span evidence_host_of_uid(const struct evidence_input *in, struct span uid);

/* The host that handed the message to the filter, or empty; in evidence_find.c. */
struct span evidence_handed_by(const struct evidence_input *in);

/* True when the uid is nobody's: an account of the system, or a content filter's in front of
 * another account; in evidence_find.c. */
bool evidence_is_weak_uid(const struct evidence_input *in);

/* True when the host wrote a line of Received beside the field that the value is from, other than
 * the filter's; in evidence_find.c. */
bool evidence_wrote_beside(const struct evidence_input *in, struct span host);

/* True when the login or uid is one of another provider's server, which wrote that before somebody
 * here had the message sent on; in evidence_forwarded.c. */
bool evidence_is_foreign(const struct evidence_input *in);

/* The same of one of that host. */
bool evidence_host_is_foreign(const struct evidence_input *in, struct span host);

/* True when the line of Received above the field that the value is from shows that somebody logged
 * in: it begins what he sent, the field with it; there too. */
bool evidence_is_of_client(const struct evidence_input *in);

/* True when cPanel's Exim, which is the last to have had the message, wrote in the field who has it
 * sent on, and it names another provider's account; there too. */
bool evidence_is_owners(const struct evidence_input *in);

/* True when the value is the login of a server at a relay, as the relay tells; in evidence_find.c.
 */
bool evidence_is_relays(const struct evidence_input *in);

/* True when the field that the value is from was written as the message was sent on, which a line
 * of Received that names another provider's account stands below of; there too. */
bool evidence_is_delivery(const struct evidence_input *in);

/* The value of the occurrence of the same field so many steps higher up, or empty; there too. */
struct span evidence_value_above(const struct evidence_input *in, unsigned steps);

/* Section 1: the filter's own. */
evidence_extractor extract_filter_user; /* X-<Brand>-Username; its host is X-<Brand>-Domain */
evidence_extractor
    extract_filter_domain; /* X-<Brand>-Domain: "@" and the domain, beside an empty user name */
evidence_extractor extract_smtp_auth; /* Authentication-Results: auth=pass … smtp.auth=X */
evidence_extractor
    extract_own_smtp_auth;     /* the same of the server that wrote a line of Received beside it */
evidence_extractor extract_ip; /* X-Originating-IP: the first address, without brackets */

/* Section 3 and 4: uids and scripts. */
evidence_extractor extract_php_uid;       /* X-PHP-Originating-Script: N:file */
evidence_extractor extract_php_owner;     /* the same uid, when the process was the system's */
evidence_extractor extract_antiabuse_uid; /* X-AntiAbuse: Originator/Caller UID/GID - [N */
evidence_extractor extract_php_ip;        /* X-PHP-Script, X-PHP-Filename: the callers */
evidence_extractor extract_php_place;     /* X-PHP-Script: the host and path in front of that */
evidence_extractor extract_option_script; /* X-SG-Opt: … SCRIPT_FILENAME=PATH … */
evidence_extractor extract_option_ip;     /* X-SG-Opt: … REMOTE_ADDR=IP … */
evidence_extractor extract_script;        /* X-Source-Args: all of it, when it names a script */
evidence_extractor extract_folder;        /* X-Additional-Header: a path, all of it */
evidence_extractor extract_login_ip; /* X-OriginatingIP: the address, when a login is beside it */
evidence_extractor extract_account;  /* X-Source-Dir, X-PHP-Filename: the vhost, or the account */
evidence_extractor extract_x_source; /* X-Source, X-Source-Args and X-Source-Dir in one */

/* Section 5 and 6: logins. */
evidence_extractor extract_behind_host;  /* X-Authenticated-Sender: host: X, or X */
evidence_extractor extract_sender_via;   /* X-Get-Message-Sender-Via: host: METHOD: X/how */
evidence_extractor extract_first_item;   /* X up to a comma or blank */
evidence_extractor extract_warning_user; /* X-Authentication-Warning: host: X set sender to … */
evidence_extractor extract_base64;       /* X-Authed-Username: base64 of X */
evidence_extractor extract_source_cap;   /* X-Source-Cap: base64 of X;owner;host */
evidence_extractor extract_identified_user;  /* X-Identified-User: {…} {… authed with X} */
evidence_extractor extract_mailchannels;     /* X-MailChannels-SenderId: account|keyword|X */
evidence_extractor extract_mailchannels_uid; /* the same: account|host:userid:N */
evidence_extractor extract_in_brackets;      /* X-Sender-Info: <X>, or X */
evidence_extractor extract_using_id;         /* X-Authentication-Info: … using ID <X> at … */
evidence_extractor extract_second_item;      /* X-Bounce-Key: host;X;time;check */
evidence_extractor extract_in_parentheses;   /* X-OriginatingIP: IP (X) */
evidence_extractor extract_tenant;           /* X-Relaying-Domain: a domain, or X */
evidence_extractor extract_without_port;     /* X-Auth: X@:port, or X */
evidence_extractor extract_login_address;    /* X-Rid: the address X in X@IP, <X> and their like */
evidence_extractor extract_guess;            /* what guessed_field.h says */

/* Columns made from other columns. */
evidence_extractor extract_address;          /* what is an address as a whole */
evidence_extractor extract_identity_address; /* the same of Identity, unless we put it together */
evidence_extractor extract_identity;      /* columns.md, "Identity"; its host: one that was added */
evidence_extractor extract_login;         /* the same of a login that is a customer's */
evidence_extractor extract_sender_login;  /* and not a server's at a relay */
evidence_extractor extract_system_login;  /* of an account of the system */
evidence_extractor extract_guessed_login; /* of a login that was guessed */
evidence_extractor extract_filter_login;  /* of IP/Username: without a host that it lacks */
evidence_extractor extract_uid;           /* uid N@host, unless it is weak */
evidence_extractor extract_any_uid;       /* the same of each uid */
evidence_extractor extract_weak_uid;      /* the same of a weak one */
evidence_extractor extract_forwarder;     /* X-Forwarded-For: X, where else a server is named */
evidence_extractor extract_forwarder_owner; /* cPanel: redirect/forwarder owner X -> Y */
evidence_extractor extract_delivered;       /* Delivered-To: X, the same when it was sent on here */
evidence_extractor extract_identity_kind;   /* columns.md, "Identity kind" */
evidence_extractor extract_domain;          /* the domain of an address, in lower case */

/* The same for a saved row, which has no fields. */
evidence_extractor extract_saved_script; /* of PHP script: the account, or the host and path */
evidence_extractor extract_saved_ip;     /* of IP/Username: the address, when it is one */

#endif
