/*
 * Reports of abuse in a folder of an IMAP server: what takes the messages that
 * the source of servers reads there (folder_taker).
 */
#ifndef ARF_MAILBOX_H
#define ARF_MAILBOX_H

#include "source/quarantine/folder.h"

struct arf_mailbox;

/* NULL without memory. */
struct arf_mailbox *arf_mailbox_new(time_t now, bool auth_failures, struct err *err);

/* NULL is allowed. */
void arf_mailbox_free(struct arf_mailbox *mailbox);

/* For the source of servers; the mailbox outlives it. One message at a time is taken. */
struct folder_taker arf_mailbox_taker(struct arf_mailbox *mailbox);

/* A line on standard error about what was no report of spam; none when there is nothing to say. */
void arf_mailbox_summarize(const struct arf_mailbox *mailbox);

#endif
