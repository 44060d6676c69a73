/*
 * A letter as libetpan's objects. For deliver_mail.c.
 *
 * libetpan's functions that make a whole header or a whole disposition are left alone: when memory
 * runs out they free twice, or lose, what they were given. Its constructors of single objects take
 * what they are given when they succeed, and nothing otherwise.
 */
#ifndef DELIVER_MAIL_MIME_H
#define DELIVER_MAIL_MIME_H

#include <libetpan/libetpan.h>

#include "deliver/deliver_mail.h"

/* The header but for what MIME adds; ends with mailimf_fields_free(). NULL without memory. */
struct mailimf_fields *deliver_mail_make_fields(const struct deliver_letter *letter);

/*
 * multipart/mixed of the text or multipart/alternative, and the attachments; what stands alone is
 * not wrapped. `text` as of deliver_mail_add_lines(); it must outlive the result, which ends with
 * mailmime_free(). NULL without memory.
 */
struct mailmime *deliver_mail_make_body(const struct deliver_letter *letter, struct span text);

#endif
