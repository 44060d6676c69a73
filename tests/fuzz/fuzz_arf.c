#include <stdint.h>
#include <string.h>

#include "check.h"
#include "mail/date.h"
#include "mail/feedback.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take_part(
    void *context, const struct mime_part *part, const struct mime_type *type, unsigned depth)
{
	const struct span *message = context;

	CHECK(check_inside(part->header, *message));
	CHECK(check_inside(part->body, *message));
	CHECK(depth <= MIME_MAX_DEPTH);
	CHECK(type->type.n > 0);
	return true;
}

static void check_report(struct feedback *feedback)
{
	const struct span fields = buf_span(&feedback->fields);
	struct feedback_login login;
	bool is_null;
	time_t when;

	for (unsigned i = 0; i < FEEDBACK_FIELD_COUNT; i++) {
		struct span value = feedback->value[i];

		CHECK(check_inside(value, fields));
		CHECK(span_find(value, '\n') == SPAN_NPOS);
		CHECK(check_inside(feedback_path(value, &is_null), value));
		CHECK(check_inside(feedback_ip(value), value));
		mail_date_read(value, &when);
		mail_date_of_exim(value, &when);
		if (!feedback_read_login(value, &login))
			continue;
		CHECK(check_inside(login.user, value) && check_inside(login.domain, value));
		CHECK(check_inside(login.host, value) && login.whole.n > 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of this size, so that nothing is read behind it. */
	char *copy = malloc(size + 1);
	struct span message = {copy, size};
	struct feedback feedback;

	CHECK(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	feedback_init(&feedback);
	CHECK(mime_walk(message, take_part, &message, NULL));
	CHECK(feedback_read(&feedback, message) == 0);
	CHECK(feedback.kind == FEEDBACK_REPORT || feedback.kind == FEEDBACK_DAMAGED ||
	      !feedback.has_original);
	check_report(&feedback);
	feedback_fini(&feedback);
	free(copy);
	return 0;
}
