libquarantine_a_SOURCES += \
	src/record/account.c src/record/account.h \
	src/record/alert_limit.h \
	src/record/column.c src/record/column.h \
	src/record/column_set.h \
	src/record/position.c src/record/position.h \
	src/record/record.c src/record/record.h \
	src/record/system_account.c src/record/system_account.h
