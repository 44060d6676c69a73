libquarantine_a_SOURCES += \
	src/sink/screen/screen_canvas.c src/sink/screen/screen_canvas.h \
	src/sink/screen/screen_draw_list.c \
	src/sink/screen/screen_draw_text.c \
	src/sink/screen/screen_key.h \
	src/sink/screen/screen_latest.c src/sink/screen/screen_latest.h \
	src/sink/screen/screen_layout.c \
	src/sink/screen/screen_model.c src/sink/screen/screen_model.h \
	src/sink/screen/screen_part.h \
	src/sink/screen/screen_terminal.c src/sink/screen/screen_terminal.h \
	src/sink/screen/screen_times.c src/sink/screen/screen_times.h \
	src/sink/screen/screen_view.c src/sink/screen/screen_view.h
