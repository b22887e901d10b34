/* script.h - the script of the moderators' pages, built into the program. All
 * of them work without it.
 */
#pragma once

extern const char www_script[]; /* www/script.js, made into C by the build */

/* "/script.js?v=..."; changes with the bytes, as www_style_path. */
const char *www_script_path(void);
void www_script_init(void); /* before threads */
