libquarantine_a_SOURCES += \
	src/http/client.c src/http/client.h
