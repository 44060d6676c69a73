/* The commands: what the program can do, a row each. */
#ifndef MODES_H
#define MODES_H

#include "settings/mode.h"

/* The first is the default; a row without a name ends the table. */
extern const struct mode modes[];

#endif
