libquarantine_a_SOURCES += \
	src/record/account.c src/record/account.h \
	src/record/record.c src/record/record.h
