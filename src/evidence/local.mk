libquarantine_a_SOURCES += \
	src/evidence/bounce.c src/evidence/bounce.h \
	src/evidence/brand.c src/evidence/brand.h \
	src/evidence/derive.c src/evidence/derive.h \
	src/evidence/evidence.c src/evidence/evidence.h \
	src/evidence/evidence_doubt.c src/evidence/evidence_doubt.h \
	src/evidence/evidence_extract.c src/evidence/evidence_extract.h \
	src/evidence/evidence_extract_identity.c \
	src/evidence/evidence_extract_login.c \
	src/evidence/evidence_find.c src/evidence/evidence_find.h \
	src/evidence/evidence_forwarded.c src/evidence/evidence_forwarded.h \
	src/evidence/evidence_received.c src/evidence/evidence_received.h \
	src/evidence/guessed_field.c src/evidence/guessed_field.h \
	src/evidence/login_value.c src/evidence/login_value.h \
	src/evidence/received_comment.c src/evidence/received_comment.h \
	src/evidence/evidence_rules.c src/evidence/evidence_rules.h \
	src/evidence/explain.c src/evidence/explain.h \
	src/evidence/explain_unknown.c src/evidence/explain_unknown.h \
	src/evidence/fields.c src/evidence/fields.h \
	src/evidence/trail.c src/evidence/trail.h \
	src/evidence/trail_host.c src/evidence/trail_host.h
