/* test_base_secret.c - the short MAC, and files that hold a secret. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "tests/unit/check.h"

/* From the paper on SipHash, appendix A: key 00 01 .. 0f, data 00 01 ... */
static void
test_short_mac(void)
{
	static const struct {
		size_t len;
		uint8_t want[8];
	} rows[] = {
		{ 0, { 0x31, 0x0e, 0x0e, 0xdd, 0x47, 0xdb, 0x6f, 0x72 } },
		{ 1, { 0xfd, 0x67, 0xdc, 0x93, 0xc5, 0x39, 0xf8, 0x74 } },
		{ 15, { 0xe5, 0x45, 0xbe, 0x49, 0x61, 0xca, 0x29, 0xa1 } },
	};
	uint8_t key[SECRET_SHORT_KEY], data[16], out[8];

	for (unsigned i = 0; i < 16; i++) {
		key[i] = data[i] = (uint8_t)i;
	}
	for (size_t i = 0; i < COUNT(rows); i++) {
		secret_short_mac(key, data, rows[i].len, out);
		CHECK(memcmp(out, rows[i].want, 8) == 0, "%zu octets",
		    rows[i].len);
	}
}

static void
test_file(void)
{
	static const struct {
		const char *name;
		mode_t mode;
		int want;
		const char *why;
	} rows[] = {
		{ "of its owner alone", 0600, 0, "" },
		{ "not even to be written", 0400, 0, "" },
		{ "the group may read", 0640, ERR_FORMAT, "(mode 0640)" },
		{ "the group may write", 0620, ERR_FORMAT, "(mode 0620)" },
		{ "all may read", 0604, ERR_FORMAT, "expected mode 0600" },
		{ "all may run it", 0601, ERR_FORMAT, "(mode 0601)" },
	};
	char dir[] = "/tmp/test_secret.XXXXXX", path[64];
	struct err_text why = { "" };
	int fd, r;
	FILE *f;

	if (mkdtemp(dir) == NULL) {
		exit(99);
	}
	snprintf(path, sizeof(path), "%s/key", dir);
	CHECK(secret_file_open(path, 0, &fd, &why) == ERR_SYS &&
		strstr(why.text, "No such file") != NULL,
	    "absent: %s", why.text);
	f = fopen(path, "w");
	if (f == NULL) {
		exit(99);
	}
	fclose(f);
	for (size_t i = 0; i < COUNT(rows); i++) {
		why.text[0] = '\0';
		fd = -1;
		CHECK(chmod(path, rows[i].mode) == 0, "chmod");
		r = secret_file_open(path, geteuid(), &fd, &why);
		CHECK(
		    r == rows[i].want && strstr(why.text, rows[i].why) != NULL,
		    "%s: %d %s", rows[i].name, r, why.text);
		CHECK((r == 0) == (fd >= 0), "%s", rows[i].name);
		if (fd >= 0) {
			close(fd);
		}
	}
	if (geteuid() == 0) { /* else nothing can be given away */
		CHECK(chmod(path, 0600) == 0 && chown(path, 12345, 0) == 0,
		    "chown");
		CHECK(secret_file_open(path, 0, &fd, &why) == ERR_FORMAT &&
			strstr(why.text, "belongs to user 12345") != NULL,
		    "of somebody else: %s", why.text);
		r = secret_file_open(path, 12345, &fd, &why);
		CHECK(r == 0, "of the user that it will be: %s", why.text);
		if (r == 0) {
			close(fd);
		}
	}
	unlink(path);
	CHECK(mkfifo(path, 0600) == 0, "mkfifo");
	CHECK(secret_file_open(path, 0, &fd, &why) == ERR_FORMAT &&
		strstr(why.text, "ordinary") != NULL,
	    "a pipe: %s", why.text);
	unlink(path);
	CHECK(secret_file_open(dir, 0, &fd, &why) == ERR_FORMAT, "a folder");
	rmdir(dir);
}

int
main(void)
{
	if (secret_init() < 0) {
		return 99;
	}
	test_short_mac();
	test_file();
	return failures != 0;
}
