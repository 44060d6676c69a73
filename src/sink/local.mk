libquarantine_a_SOURCES += \
	src/sink/sink.c src/sink/sink.h \
	src/sink/sink_csv.c \
	src/sink/sink_display.c \
	src/sink/sink_explain.c \
	src/sink/sink_group_csv.c \
	src/sink/sink_group_display.c \
	src/sink/sink_group_json.c \
	src/sink/sink_identity_report.c \
	src/sink/sink_json.c \
	src/sink/sink_json_line.c src/sink/sink_json_line.h \
	src/sink/sink_row.c src/sink/sink_row.h
