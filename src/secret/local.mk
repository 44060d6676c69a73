libquarantine_a_SOURCES += \
	src/secret/secret.c src/secret/secret.h \
	src/secret/secret_command.c \
	src/secret/secret_input.c src/secret/secret_input.h \
	src/secret/secret_mask.c \
	src/secret/secret_prompt.c
