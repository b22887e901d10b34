#include <stdint.h>
#include <string.h>

#include "base/crc.h"
#include "check.h"

/* Bit by bit, as the definition says: what every way must agree with. */
static uint32_t
slowly(const uint8_t *p, size_t len)
{
	uint32_t c = ~0u;

	while (len-- > 0) {
		c ^= *p++;
		for (int k = 0; k < 8; k++) {
			c = c & 1 ? c >> 1 ^ 0x82f63b78u : c >> 1;
		}
	}
	return ~c;
}

int
main(void)
{
	uint8_t data[300];

	CHECK(crc32c("", 0) == 0, "nothing");
	CHECK(crc32c("123456789", 9) == 0xe3069283u, "check value");
	memset(data, 0, 32); /* RFC 3720 section B.4 */
	CHECK(crc32c(data, 32) == 0x8a9136aau, "32 zeros");
	memset(data, 0xff, 32);
	CHECK(crc32c(data, 32) == 0x62a8ab43u, "32 ones");
	for (size_t i = 0; i < sizeof(data); i++) {
		data[i] = (uint8_t)(i * 167 + 13);
	}
	for (size_t start = 0; start < 9; start++) {
		for (size_t len = 0; start + len <= sizeof(data); len++) {
			CHECK(crc32c(data + start, len) ==
				slowly(data + start, len),
			    "%zu bytes at %zu", len, start);
		}
	}
	return failures != 0;
}
