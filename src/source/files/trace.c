/* What the server that has a message calls it, and whether it has been told of. */
#include "mail/date.h"
#include "mail/header.h"
#include "mail/received.h"
#include "mail/syntax.h"
#include "source/files/files_run.h"

struct span files_word(struct span value)
{
	size_t n = 0;

	while (n < value.n && !span_is_blank(value.p[n]) && value.p[n] != '(' && value.p[n] != ';')
		n++;
	return span_head(value, n);
}

/* The word behind "id" in a Received line, outside comments; empty: there is none. */
static struct span trace_id(struct span body)
{
	bool is_id = false;
	size_t at = 0;

	while (at < body.n && body.p[at] != ';') {
		struct span word = files_word(span_from(body, at));

		if (body.p[at] == '(') {
			at = syntax_comment_end(body, at);
			if (at == 0) /* not closed: nothing is outside */
				break;
			continue;
		}
		if (word.n > 0 && is_id)
			return word;
		is_id = word.n > 0 ? span_eq_nocase(word, SPAN("id")) : is_id;
		at += word.n != 0 ? word.n : 1;
	}
	return SPAN_EMPTY;
}

void files_read_trace(struct files_run *run, struct span header, struct files_trace *trace_r)
{
	struct span body = mime_field(header, SPAN("Received"));
	struct received received = {0};
	struct buf text;

	*trace_r = (struct files_trace){0};
	if (body.n == 0)
		return;
	buf_init(&text, 0);
	header_unfold(span_head(body, MIME_MAX_FIELD), &text);
	body = arena_copy_buf(&run->arena, &text);
	buf_fini(&text);
	received_parse(body, &received);
	trace_r->by = received.by;
	trace_r->id = trace_id(body);
	trace_r->has_time = mail_date_of_received(body, &trace_r->time);
}

/* "r ID HOST", in lower case where that means nothing. */
static void trace_add_name(struct buf *out, enum files_told how, struct span id, struct span host)
{
	buf_add_text(out, how == FILES_TOLD_BY_REPORT ? "r " : "m ");
	buf_add(out, id);
	buf_add_char(out, ' ');
	for (size_t i = 0; i < host.n; i++)
		buf_add_char(out, span_lower(host.p[i]));
}

int files_tell(
    struct files_run *run, enum files_told how, struct span id, struct span host, struct err *err)
{
	enum files_told other =
	    how == FILES_TOLD_BY_REPORT ? FILES_TOLD_AS_MESSAGE : FILES_TOLD_BY_REPORT;
	struct buf name;
	bool told;
	int known;

	if (id.n == 0 || host.n == 0)
		return 0;
	buf_init(&name, 0);
	trace_add_name(&name, other, id, host);
	told = seen_has(&run->seen, buf_span(&name));
	name.n = 0; /* and what has failed stays so */
	trace_add_name(&name, how, id, host);
	known = name.failed == 0 ? seen_add(&run->seen, buf_span(&name), err) : err_nomem(err);
	buf_fini(&name);
	if (known < 0)
		return -1;
	/* A message may lie in several files, one for each of its recipients. */
	return told || (known == 1 && how == FILES_TOLD_BY_REPORT);
}
