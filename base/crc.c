/* crc.c - CRC-32C. Reflected polynomial 0x82f63b78 (RFC 3720, B.4). */
#include "base/crc.h"

#include <stdbool.h>
#include <string.h>

#define POLY 0x82f63b78u

static uint32_t table[8][256];
static bool have_instruction;

__attribute__((constructor)) static void
prepare(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int k = 0; k < 8; k++) {
			c = c & 1 ? c >> 1 ^ POLY : c >> 1;
		}
		table[0][i] = c;
	}
	for (int i = 0; i < 256; i++) {
		for (int t = 1; t < 8; t++) {
			uint32_t c = table[t - 1][i];

			table[t][i] = c >> 8 ^ table[0][c & 0xff];
		}
	}
#if defined(__x86_64__)
	__builtin_cpu_init();
	have_instruction = __builtin_cpu_supports("sse4.2");
#endif
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t
by_instruction(uint32_t crc, const uint8_t *p, size_t len)
{
	uint64_t c = crc;

	while (len >= 8) {
		uint64_t v;

		memcpy(&v, p, 8);
		c = __builtin_ia32_crc32di(c, v);
		p += 8;
		len -= 8;
	}
	crc = (uint32_t)c;
	while (len-- > 0) {
		crc = __builtin_ia32_crc32qi(crc, *p++);
	}
	return crc;
}
#endif

static uint32_t
by_table(uint32_t crc, const uint8_t *p, size_t len)
{
	while (len >= 8) {
		crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 |
		    (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
		crc = table[7][crc & 0xff] ^ table[6][crc >> 8 & 0xff] ^
		    table[5][crc >> 16 & 0xff] ^ table[4][crc >> 24] ^
		    table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^
		    table[0][p[7]];
		p += 8;
		len -= 8;
	}
	while (len-- > 0) {
		crc = crc >> 8 ^ table[0][(crc ^ *p++) & 0xff];
	}
	return crc;
}

uint32_t
crc32c(const void *data, size_t len)
{
#if defined(__x86_64__)
	if (have_instruction) {
		return ~by_instruction(~0u, data, len);
	}
#endif
	return ~by_table(~0u, data, len);
}
