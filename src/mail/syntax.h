/*
 * Quoted strings and comments (RFC 5322, 3.2), which several parsers skip.
 */
#ifndef MAIL_SYNTAX_H
#define MAIL_SYNTAX_H

#include "base/span.h"

/*
 * Offset behind the quoted string (the comment) that begins at s.p[at] with
 * its '"' ('('); 0 when it is not closed. Comments nest; a backslash takes the
 * meaning off the next byte.
 */
size_t syntax_quoted_end(struct span s, size_t at);
size_t syntax_comment_end(struct span s, size_t at);

#endif
