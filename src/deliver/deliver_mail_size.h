/*
 * What the files of deliver_mail_send.c share, and a test looks at.
 */
#ifndef DELIVER_MAIL_SIZE_H
#define DELIVER_MAIL_SIZE_H

#include <stdbool.h>

#include "base/span.h"

/*
 * True when a sendmail that ended with this exit status means that the letter is too big: for
 * itself or for the server that it spoke to.
 */
bool deliver_mail_is_too_big(int status, struct span words);

#endif
