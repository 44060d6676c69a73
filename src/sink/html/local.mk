libquarantine_a_SOURCES += \
	src/sink/html/html.c src/sink/html/html.h \
	src/sink/html/html_axis.c src/sink/html/html_axis.h \
	src/sink/html/html_identity.c src/sink/html/html_identity.h \
	src/sink/html/html_logins.c src/sink/html/html_logins.h \
	src/sink/html/html_page.h \
	src/sink/html/html_page_bars.c \
	src/sink/html/html_page_head.c \
	src/sink/html/html_page_chart.c \
	src/sink/html/html_page_past.c \
	src/sink/html/html_page_samples.c \
	src/sink/html/html_page_summary.c \
	src/sink/html/html_page_table.c \
	src/sink/html/html_page_times.c \
	src/sink/html/html_page_who.c \
	src/sink/html/html_places.c src/sink/html/html_places.h \
	src/sink/html/html_slots.c src/sink/html/html_slots.h \
	src/sink/html/sink_html.c
