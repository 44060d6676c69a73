libquarantine_a_SOURCES += \
	src/mode/act.c src/mode/act.h \
	src/mode/api.c \
	src/mode/blacklist.c \
	src/mode/follow.c src/mode/follow.h \
	src/mode/headway_line.c src/mode/headway_line.h \
	src/mode/headway_show.c src/mode/headway_show.h \
	src/mode/history.c src/mode/history_part.h \
	src/mode/history_erase.c \
	src/mode/history_export.c \
	src/mode/history_import.c \
	src/mode/history_key.c src/mode/history_key.h \
	src/mode/history_known.c src/mode/history_known.h \
	src/mode/history_prune.c \
	src/mode/history_saved.c src/mode/history_saved.h \
	src/mode/history_show.c \
	src/mode/history_sql.c \
	src/mode/history_status.c src/mode/history_status.h \
	src/mode/history_status_json.c \
	src/mode/listing.c src/mode/listing.h \
	src/mode/live.c src/mode/live.h \
	src/mode/lock.c \
	src/mode/locked.c \
	src/mode/locked_list.c src/mode/locked_list.h \
	src/mode/modes.c src/mode/modes.h \
	src/mode/offenders.c src/mode/offenders.h \
	src/mode/old_names.c src/mode/old_names.h \
	src/mode/over_limit.c src/mode/over_limit.h \
	src/mode/queue.c \
	src/mode/report.c \
	src/mode/run.h \
	src/mode/run_check.c \
	src/mode/run_deliver.c \
	src/mode/run_end.c \
	src/mode/run_failure.c \
	src/mode/run_history.c src/mode/run_history.h \
	src/mode/run_history_note.c \
	src/mode/run_history_server.c \
	src/mode/run_login.c \
	src/mode/run_outputs.c \
	src/mode/run_parts.h \
	src/mode/run_report.h \
	src/mode/run_show.c \
	src/mode/run_source.c \
	src/mode/run_state.c \
	src/mode/run_stay.c \
	src/mode/runlog.c src/mode/runlog.h \
	src/mode/top.c \
	src/mode/top_act.c \
	src/mode/top_log.c src/mode/top_log.h \
	src/mode/top_part.h \
	src/mode/watch.c src/mode/watch.h
