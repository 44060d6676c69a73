/*
 * What patched PHPs write of a script and who called it: X-PHP-Script and
 * X-PHP-Filename.
 */
#ifndef MAIL_PHP_SCRIPT_H
#define MAIL_PHP_SCRIPT_H

#include "base/span.h"

/*
 * Splits "HOST/PATH for IP[, IP]" at the last " for ", and "/PATH REMOTE_ADDR: IP" at the last
 * " REMOTE_ADDR:": *place_r is in front of it, *callers_r are the addresses. False, and both as
 * they were, when no address stands there.
 */
bool php_script_split(struct span value, struct span *place_r, struct span *callers_r);

/* The script of "HOST/PATH", without what a visitor put behind its name: PHP_SELF has that as well,
 * "HOST/index.php/contact/7". Any other value is as it was. */
struct span php_script_file(struct span place);

#endif
