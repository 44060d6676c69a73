libquarantine_a_SOURCES += \
	src/source/maillog/maillog.c src/source/maillog/maillog.h \
	src/source/maillog/maillog_exim.c src/source/maillog/maillog_exim.h \
	src/source/maillog/maillog_exim_arrival.c \
	src/source/maillog/maillog_exim_word.c src/source/maillog/maillog_exim_word.h \
	src/source/maillog/maillog_connection.c \
	src/source/maillog/maillog_folder.c \
	src/source/maillog/maillog_follow.c src/source/maillog/maillog_follow.h \
	src/source/maillog/maillog_journal.c \
	src/source/maillog/maillog_kind.c src/source/maillog/maillog_kind.h \
	src/source/maillog/maillog_line.c src/source/maillog/maillog_line.h \
	src/source/maillog/maillog_message.c \
	src/source/maillog/maillog_open.c src/source/maillog/maillog_open.h \
	src/source/maillog/maillog_pass.c \
	src/source/maillog/maillog_php.c src/source/maillog/maillog_php.h \
	src/source/maillog/maillog_postfix.c src/source/maillog/maillog_postfix.h \
	src/source/maillog/maillog_probe.c \
	src/source/maillog/maillog_record.c \
	src/source/maillog/maillog_say.c \
	src/source/maillog/maillog_session.c \
	src/source/maillog/maillog_take_exim.c \
	src/source/maillog/maillog_take_postfix.c \
	src/source/maillog/maillog_writer.c \
	src/source/maillog/maillog_time.c src/source/maillog/maillog_time.h \
	src/source/maillog/maillog_part.h \
	src/source/maillog/maillog_text.h
