/*
 * What a service tells whoever manages it: sd_notify(3), whose protocol is a datagram to
 * $NOTIFY_SOCKET.
 */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

/* Bytes of a text; a longer one is not sent. */
#define NOTIFY_MAX 1024

/*
 * Sends "READY=1" or another text, lines joined by LF, to a socket in the file system, or to an
 * abstract one, whose name begins with '@'. Nothing when the socket is NULL; that nobody listens is
 * no failure of the program.
 */
void notify_send(const char *socket, const char *text);

#endif
