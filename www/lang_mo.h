/* lang_mo.h - the catalogues, made of po/ by the build. */
#pragma once

#include <stddef.h>
#include <stdint.h>

extern const uint8_t www_lang_el[];
extern const size_t www_lang_el_len;
