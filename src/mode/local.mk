libquarantine_a_SOURCES += \
	src/mode/modes.c src/mode/modes.h \
	src/mode/report.c \
	src/mode/run.h \
	src/mode/run_check.c \
	src/mode/run_deliver.c \
	src/mode/run_end.c \
	src/mode/run_failure.c \
	src/mode/run_parts.h \
	src/mode/run_state.c \
	src/mode/runlog.c src/mode/runlog.h
