/* The key of the hashes of a history: a file beside it. */
#ifndef MODE_HISTORY_KEY_H
#define MODE_HISTORY_KEY_H

#include <stdbool.h>

#include "base/err.h"
#include "sink/store_privacy.h"

/* Behind the name of the history. */
#define HISTORY_KEY_ENDING ".key"

/*
 * Reads it, and makes it (mode 600) when there is none: 1; without `make` 0 then. Who loses it has
 * other hashes of the same values from then on. -1: ERR_CREATE when it cannot be made or read;
 * ERR_CONFIG when others may read it; ERR_DATA when it is none.
 */
int history_key_read(
    const char *path, bool make, unsigned char key_r[STORE_PRIVACY_KEY], struct err *err);

#endif
