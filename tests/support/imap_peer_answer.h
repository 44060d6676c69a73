/*
 * The generic answers of the IMAP peer (RFC 3501): those of a server that
 * behaves, takes any login and refuses whatever could change a mailbox.
 */
#ifndef TESTS_IMAP_PEER_ANSWER_H
#define TESTS_IMAP_PEER_ANSWER_H

#include "imap_peer_serve.h"

enum serve_end answer_greeting(struct serve *serve);

/* The untagged lines of the command (but not those of FETCH), the tagged one, or both. */
enum serve_end answer_command(struct serve *serve, bool data, bool done);

#endif
