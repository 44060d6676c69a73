#include "input/input_decode.h"

#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/library.h"
#include "input/input.h"

/* zlib counts in unsigned int. */
static unsigned decode_clamp(size_t n)
{
	return n < INPUT_WINDOW ? (unsigned)n : (unsigned)INPUT_WINDOW;
}

struct decode_gzip {
	z_stream stream;
	bool between; /* behind a member: another may follow, or padding */
};

/* inflateInit2: 15 bits of window, and 16 for the gzip format. */
#define DECODE_GZIP_BITS (15 + 16)
#define DECODE_GZIP_MARK 0x1F

static void *decode_gzip_open(struct err *err)
{
	struct decode_gzip *gzip = calloc(1, sizeof(*gzip));

	if (gzip != NULL && inflateInit2(&gzip->stream, DECODE_GZIP_BITS) == Z_OK)
		return gzip;
	free(gzip);
	err_nomem(err);
	return NULL;
}

/* Zeros are padding, as tapes and cut-and-glued files have them; anything else is a member. */
static enum decode_result decode_gzip_between(struct decode_gzip *gzip, struct decode_step *step)
{
	while (step->in_n > 0 && *step->in == 0) {
		step->in++;
		step->in_n--;
	}
	if (step->in_n == 0)
		return step->is_last ? DECODE_END : DECODE_MORE;
	if (*step->in != DECODE_GZIP_MARK)
		return DECODE_BROKEN;
	gzip->between = false;
	return inflateReset(&gzip->stream) == Z_OK ? DECODE_MORE : DECODE_BROKEN;
}

static enum decode_result decode_gzip_step(void *state, struct decode_step *step)
{
	struct decode_gzip *gzip = state;
	unsigned in = decode_clamp(step->in_n), out = decode_clamp(step->out_n);
	int result;

	if (gzip->between)
		return decode_gzip_between(gzip, step);
	gzip->stream.next_in = (Bytef *)(uintptr_t)step->in;
	gzip->stream.avail_in = in;
	gzip->stream.next_out = step->out;
	gzip->stream.avail_out = out;
	result = inflate(&gzip->stream, Z_NO_FLUSH);
	step->in += in - gzip->stream.avail_in;
	step->in_n -= in - gzip->stream.avail_in;
	step->out += out - gzip->stream.avail_out;
	step->out_n -= out - gzip->stream.avail_out;
	if (result == Z_MEM_ERROR)
		return DECODE_NOMEM;
	gzip->between = result == Z_STREAM_END;
	if (gzip->between && step->in_n == 0 && step->is_last)
		return DECODE_END;
	return result == Z_OK || result == Z_BUF_ERROR || gzip->between ? DECODE_MORE
									: DECODE_BROKEN;
}

static void decode_gzip_close(void *state)
{
	inflateEnd(&((struct decode_gzip *)state)->stream);
	free(state);
}

#define DECODE_MEMBER(name) __typeof__(name) *name;
#define DECODE_ROW(name)    {#name, &decode.name},
#define DECODE_XZ_FUNCTIONS(F)                                                                     \
	F(lzma_stream_decoder)                                                                     \
	F(lzma_code)                                                                               \
	F(lzma_end)
#define DECODE_ZSTD_FUNCTIONS(F)                                                                   \
	F(ZSTD_createDCtx)                                                                         \
	F(ZSTD_DCtx_setParameter)                                                                  \
	F(ZSTD_decompressStream)                                                                   \
	F(ZSTD_getErrorCode)                                                                       \
	F(ZSTD_freeDCtx)

/* Of the libraries that are loaded with the first file that needs them. */
static struct {
	DECODE_XZ_FUNCTIONS(DECODE_MEMBER)
	DECODE_ZSTD_FUNCTIONS(DECODE_MEMBER)
} decode;

static const struct library_function decode_xz_functions[] = {DECODE_XZ_FUNCTIONS(DECODE_ROW)};
static const struct library_function decode_zstd_functions[] = {DECODE_ZSTD_FUNCTIONS(DECODE_ROW)};

static struct library decode_xz_library = {
    .title = "liblzma",
    .files = (const char *const[]){"liblzma.so.5", "liblzma.so", NULL},
    .functions = decode_xz_functions,
    .function_count = sizeof(decode_xz_functions) / sizeof(*decode_xz_functions),
};

static struct library decode_zstd_library = {
    .title = "libzstd",
    .files = (const char *const[]){"libzstd.so.1", "libzstd.so", NULL},
    .functions = decode_zstd_functions,
    .function_count = sizeof(decode_zstd_functions) / sizeof(*decode_zstd_functions),
};

static void *decode_xz_open(struct err *err)
{
	lzma_stream *stream;

	if (library_open(&decode_xz_library, err) != 0)
		return NULL;
	stream = calloc(1, sizeof(*stream));
	if (stream != NULL &&
	    decode.lzma_stream_decoder(stream, INPUT_MAX_XZ_MEMORY, LZMA_CONCATENATED) == LZMA_OK)
		return stream;
	free(stream);
	err_nomem(err);
	return NULL;
}

static enum decode_result decode_xz_step(void *state, struct decode_step *step)
{
	lzma_stream *stream = state;
	lzma_ret result;

	stream->next_in = step->in;
	stream->avail_in = step->in_n;
	stream->next_out = step->out;
	stream->avail_out = step->out_n;
	result = decode.lzma_code(stream, step->is_last ? LZMA_FINISH : LZMA_RUN);
	step->in = stream->next_in;
	step->in_n = stream->avail_in;
	step->out = stream->next_out;
	step->out_n = stream->avail_out;
	switch (result) {
	case LZMA_OK:
	case LZMA_BUF_ERROR:
		return DECODE_MORE;
	case LZMA_STREAM_END:
		return DECODE_END;
	case LZMA_MEMLIMIT_ERROR:
		return DECODE_BIG;
	case LZMA_MEM_ERROR:
		return DECODE_NOMEM;
	default:
		return DECODE_BROKEN;
	}
}

static void decode_xz_close(void *state)
{
	decode.lzma_end(state);
	free(state);
}

struct decode_zstd {
	ZSTD_DCtx *context;
	bool between; /* behind a frame */
};

static void *decode_zstd_open(struct err *err)
{
	struct decode_zstd *zstd;

	if (library_open(&decode_zstd_library, err) != 0)
		return NULL;
	zstd = calloc(1, sizeof(*zstd));
	if (zstd != NULL)
		zstd->context = decode.ZSTD_createDCtx();
	if (zstd == NULL || zstd->context == NULL) {
		free(zstd);
		err_nomem(err);
		return NULL;
	}
	decode.ZSTD_DCtx_setParameter(zstd->context, ZSTD_d_windowLogMax, INPUT_MAX_ZSTD_WINDOW);
	return zstd;
}

static enum decode_result decode_zstd_result(size_t result)
{
	switch (decode.ZSTD_getErrorCode(result)) {
	case ZSTD_error_no_error:
		return DECODE_MORE;
	case ZSTD_error_frameParameter_windowTooLarge:
		return DECODE_BIG;
	case ZSTD_error_memory_allocation:
		return DECODE_NOMEM;
	default:
		return DECODE_BROKEN;
	}
}

static enum decode_result decode_zstd_step(void *state, struct decode_step *step)
{
	struct decode_zstd *zstd = state;
	ZSTD_inBuffer in = {step->in, step->in_n, 0};
	ZSTD_outBuffer out = {step->out, step->out_n, 0};
	size_t result;

	if (step->in_n == 0 && step->is_last && zstd->between)
		return DECODE_END;
	result = decode.ZSTD_decompressStream(zstd->context, &out, &in);
	step->in += in.pos;
	step->in_n -= in.pos;
	step->out += out.pos;
	step->out_n -= out.pos;
	zstd->between = result == 0;
	return decode_zstd_result(result);
}

static void decode_zstd_close(void *state)
{
	decode.ZSTD_freeDCtx(((struct decode_zstd *)state)->context);
	free(state);
}

enum { DECODE_GZIP, DECODE_XZ, DECODE_ZSTD };

static const struct decode_ops decode_formats[] = {
    [DECODE_GZIP] = {"gzip", {"\x1f\x8b\x08", 3}, decode_gzip_open, decode_gzip_step,
	decode_gzip_close},
    [DECODE_XZ] = {"xz", {"\xfd\x37zXZ\0", 6}, decode_xz_open, decode_xz_step, decode_xz_close},
    [DECODE_ZSTD] = {"zstd", {"\x28\xb5\x2f\xfd", 4}, decode_zstd_open, decode_zstd_step,
	decode_zstd_close},
};

/* A frame that is to be skipped: 0x184D2A50 to 5F, the lowest byte first (RFC 8878, 3.1.2). */
static bool is_skipped_frame(struct span first)
{
	return first.n >= 4 && (first.p[0] & 0xF0) == 0x50 &&
	       memcmp(first.p + 1, "\x2a\x4d\x18", 3) == 0;
}

const struct decode_ops *decode_find(struct span first)
{
	if (is_skipped_frame(first))
		return &decode_formats[DECODE_ZSTD];
	for (size_t i = 0; i < sizeof(decode_formats) / sizeof(decode_formats[0]); i++)
		if (span_eq(span_head(first, decode_formats[i].magic.n), decode_formats[i].magic))
			return &decode_formats[i];
	return NULL;
}

void input_add_versions(struct buf *out)
{
	buf_printf(out,
	    "zlib %s\nliblzma " LZMA_VERSION_STRING "\nlibzstd " ZSTD_VERSION_STRING "\n",
	    zlibVersion());
}
