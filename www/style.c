/* style.c - the style sheet's address and the icon. */
#include "www/style.h"

#include <stdio.h>
#include <string.h>

#include "base/crc.h"

const char www_icon[] =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\">"
    "<rect width=\"32\" height=\"32\" rx=\"8\" fill=\"#1d4ed8\"/>"
    "<path d=\"M9 9.5h14M9 16h14M9 22.5h7\" stroke=\"#fff\" "
    "stroke-width=\"3.2\" stroke-linecap=\"round\"/>"
    "<circle cx=\"23\" cy=\"22.5\" r=\"2.6\" fill=\"#fca5a5\"/></svg>\n";

static char path[32] = "/style.css";

void
www_style_init(void)
{
	snprintf(path, sizeof(path), "/style.css?v=%08x",
	    (unsigned)crc32c(www_style, strlen(www_style)));
}

const char *
www_style_path(void)
{
	return path;
}
