/* The commands: what the program can do, a row each. */
#ifndef MODES_H
#define MODES_H

#include "settings/mode.h"

/* The first is meant when none is named; a row without a name is the end. */
extern const struct mode modes[];

#endif
