/*
 * Gives each file named on the command line to a fuzz target, where there is
 * no libFuzzer: the seeds and all inputs that once broke something are tests.
 * Built with QR_FUZZ_REPLAY; empty without, since libFuzzer has its own main().
 */
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifdef QR_FUZZ_REPLAY

#define REPLAY_CHUNK ((size_t)64 * 1024)

static int replay_file(const char *name)
{
	FILE *file = fopen(name, "rb");
	struct buf input;
	size_t n = 1;

	if (file == NULL) {
		perror(name);
		return -1;
	}
	buf_init(&input, 0);
	while (n > 0 && buf_reserve(&input, REPLAY_CHUNK) != NULL) {
		n = fread(input.p + input.n, 1, REPLAY_CHUNK, file);
		input.n += n;
	}
	printf("%s: %zu bytes\n", name, input.n);
	LLVMFuzzerTestOneInput((const uint8_t *)input.p, input.n);
	buf_fini(&input);
	fclose(file);
	return 0;
}

int main(int argc, char **argv)
{
	int result = argc > 1 ? 0 : 1; /* to replay nothing is a mistake */

	for (int i = 1; i < argc; i++)
		if (replay_file(argv[i]) != 0)
			result = 1;
	return result;
}

#endif
