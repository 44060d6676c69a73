libquarantine_a_SOURCES += \
	src/calendar/period.c src/calendar/period.h \
	src/calendar/period_clock.c src/calendar/period_clock.h \
	src/calendar/period_zone.c src/calendar/period_zone.h
