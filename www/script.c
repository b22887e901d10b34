/* script.c - the script's address. */
#include "www/script.h"

#include <stdio.h>
#include <string.h>

#include "base/crc.h"

static char path[32] = "/script.js";

void
www_script_init(void)
{
	snprintf(path, sizeof(path), "/script.js?v=%08x",
	    (unsigned)crc32c(www_script, strlen(www_script)));
}

const char *
www_script_path(void)
{
	return path;
}
