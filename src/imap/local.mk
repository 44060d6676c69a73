libquarantine_a_SOURCES += \
	src/imap/connect.c src/imap/connect.h \
	src/imap/connection.c src/imap/connection.h \
	src/imap/fetch.c src/imap/fetch.h src/imap/fetch_part.h \
	src/imap/fetch_ahead.c \
	src/imap/guard_date.c src/imap/guard_date.h \
	src/imap/guard_fetch.c src/imap/guard_fetch.h \
	src/imap/guard_mailbox.c src/imap/guard_mailbox.h \
	src/imap/guard_line.c src/imap/guard_line.h \
	src/imap/guard_search.c src/imap/guard_search.h \
	src/imap/guard_status.c src/imap/guard_status.h \
	src/imap/guard_take.c src/imap/guard_take.h \
	src/imap/idle.c src/imap/idle.h \
	src/imap/login.c src/imap/login.h \
	src/imap/mutf7.c src/imap/mutf7.h \
	src/imap/patience.c src/imap/patience.h \
	src/imap/refusal.c src/imap/refusal.h \
	src/imap/resolve.c src/imap/resolve.h \
	src/imap/search.c src/imap/search.h \
	src/imap/search_early.c \
	src/imap/search_part.h \
	src/imap/search_within.c \
	src/imap/server_name.c src/imap/server_name.h \
	src/imap/session.c src/imap/session.h \
	src/imap/session_command.h \
	src/imap/session_mailboxes.c src/imap/session_part.h \
	src/imap/sides.c src/imap/sides.h \
	src/imap/stream.c src/imap/stream.h \
	src/imap/stream_guard.c src/imap/stream_guard.h \
	src/imap/stream_settings.h \
	src/imap/tls.c src/imap/tls.h \
	src/imap/tls_certificate.c src/imap/tls_certificate.h \
	src/imap/tls_io.c src/imap/tls_io.h \
	src/imap/tls_probe.c src/imap/tls_probe.h \
	src/imap/tls_settings.c src/imap/tls_settings.h \
	src/imap/uidset.c src/imap/uidset.h
