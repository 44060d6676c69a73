libquarantine_a_SOURCES += \
	src/text/escape.c src/text/escape.h \
	src/text/network.c src/text/network.h \
	src/text/numeral.c src/text/numeral.h \
	src/text/suggest.c src/text/suggest.h \
	src/text/table.c src/text/table.h \
	src/text/table_cell.c src/text/table_cell.h
