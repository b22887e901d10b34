/* world.h - begin and end of what is asked; for the runner. */
#pragma once

#include "tests/conformance/conform.h"

void cf_world_begin(void);
void cf_world_end(void);
