libquarantine_a_SOURCES += \
	src/store/store.h \
	src/store/store_clickhouse.c src/store/store_clickhouse.h \
	src/store/store_clickhouse_answer.c src/store/store_clickhouse_answer.h \
	src/store/store_clickhouse_batch.c src/store/store_clickhouse_batch.h \
	src/store/store_clickhouse_cover.c \
	src/store/store_clickhouse_erase.c \
	src/store/store_clickhouse_read.c \
	src/store/store_clickhouse_run.c \
	src/store/store_clickhouse_schema.c \
	src/store/store_clickhouse_spool.c \
	src/store/store_clickhouse_sums.c \
	src/store/store_clickhouse_text.c \
	src/store/store_clickhouse_write.c \
	src/store/store_gaps.c src/store/store_gaps.h \
	src/store/store_places.c src/store/store_places.h \
	src/store/store_sqlite.c src/store/store_sqlite.h \
	src/store/store_sqlite_backup.c \
	src/store/store_sqlite_erase.c \
	src/store/store_sqlite_ids.c src/store/store_sqlite_ids.h \
	src/store/store_sqlite_load.c \
	src/store/store_sqlite_past.c \
	src/store/store_sqlite_read.c \
	src/store/store_sqlite_run.c \
	src/store/store_sqlite_rows.c \
	src/store/store_sqlite_schema.c \
	src/store/store_sqlite_search.c \
	src/store/store_sqlite_status.c \
	src/store/store_sqlite_sums.c \
	src/store/store_sqlite_text.c \
	src/store/store_sqlite_uids.c \
	src/store/store_sqlite_write.c \
	src/store/store_version.c src/store/store_version.h
