libquarantine_a_SOURCES += \
	src/sink/formats.c src/sink/formats.h \
	src/sink/sink.c src/sink/sink.h \
	src/sink/sink_blocklist.c src/sink/sink_blocklist.h \
	src/sink/sink_csv.c \
	src/sink/sink_display.c \
	src/sink/sink_explain.c \
	src/sink/sink_feed.c src/sink/sink_feed.h \
	src/sink/sink_group_display.c \
	src/sink/sink_group_json.c \
	src/sink/sink_group_rows.c \
	src/sink/sink_identity_report.c \
	src/sink/sink_json.c \
	src/sink/sink_json_line.c src/sink/sink_json_line.h \
	src/sink/sink_json_message.c src/sink/sink_json_message.h \
	src/sink/sink_lock.c src/sink/sink_lock.h \
	src/sink/sink_passing.c \
	src/sink/sink_row.c src/sink/sink_row.h \
	src/sink/sink_rows.c src/sink/sink_rows.h \
	src/sink/sink_store.c src/sink/sink_store.h \
	src/sink/sink_tsv.c \
	src/sink/store_doubt.c src/sink/store_doubt.h \
	src/sink/store_line.c src/sink/store_line.h \
	src/sink/store_privacy.c src/sink/store_privacy.h \
	src/sink/store_reach.c src/sink/store_reach.h \
	src/sink/store_record.c src/sink/store_record.h \
	src/sink/store_rows.c src/sink/store_rows.h
