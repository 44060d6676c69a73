libquarantine_a_SOURCES += \
	src/watch/alert.c src/watch/alert.h \
	src/watch/alert_fact.c src/watch/alert_fact.h \
	src/watch/alert_post.c src/watch/alert_post.h \
	src/watch/alert_send.c src/watch/alert_send.h \
	src/watch/metrics.c src/watch/metrics.h
