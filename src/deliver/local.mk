libquarantine_a_SOURCES += \
	src/deliver/deliver_direct.c \
	src/deliver/deliver_file.c src/deliver/deliver_file.h \
	src/deliver/deliver_mail.c src/deliver/deliver_mail.h \
	src/deliver/deliver_mail_address.c \
	src/deliver/deliver_mail_header.c \
	src/deliver/deliver_mail_mime.h \
	src/deliver/deliver_mail_part.c \
	src/deliver/deliver_mail_send.c \
	src/deliver/deliver_mail_size.c src/deliver/deliver_mail_size.h \
	src/deliver/deliver_mail_text.c src/deliver/deliver_mail_text.h \
	src/deliver/deliver_open.c \
	src/deliver/deliver_origin.c src/deliver/deliver_origin.h \
	src/deliver/deliver_part.h \
	src/deliver/delivery.c src/deliver/delivery.h
