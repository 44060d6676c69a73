libquarantine_a_SOURCES += \
	src/mail/address.c src/mail/address.h \
	src/mail/base64.c src/mail/base64.h \
	src/mail/charset.c src/mail/charset.h \
	src/mail/charset_name.c src/mail/charset_name.h \
	src/mail/charset_open.c src/mail/charset_open.h \
	src/mail/date.c src/mail/date.h \
	src/mail/domain.c src/mail/domain.h \
	src/mail/encoded_word.c src/mail/encoded_word.h \
	src/mail/feedback.c src/mail/feedback.h \
	src/mail/header.c src/mail/header.h \
	src/mail/mime.c src/mail/mime.h \
	src/mail/php_script.c src/mail/php_script.h \
	src/mail/received.c src/mail/received.h \
	src/mail/rfc2047.c src/mail/rfc2047.h \
	src/mail/syntax.c src/mail/syntax.h \
	src/mail/value.c src/mail/value.h
