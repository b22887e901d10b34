/* style.h - the style sheet and the icon, built into the program. */
#pragma once

extern const char www_style[]; /* www/style.css, made into C by the build */
extern const char www_icon[];

/* "/style.css?v=..."; the part behind "?" changes with the bytes, so that
 * browsers may keep it. */
const char *www_style_path(void);
void www_style_init(void); /* before threads */
