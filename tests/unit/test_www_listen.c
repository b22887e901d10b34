/* Where the pages may be served from, and a socket left behind. */
#include <signal.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "www/listen.h"

static const struct {
	const char *name, *place;
	bool proxy;
	int want;
} cases[] = {
	{ "loopback", "127.0.0.1@0", false, 0 },
	{ "another loopback", "127.0.0.77@0", false, 0 },
	{ "everywhere", "0.0.0.0@0", false, ERR_REFUSED },
	{ "everywhere, IPv6", "::@0", false, ERR_REFUSED },
	{ "mapped loopback is not plain", "::ffff:0.0.0.0@0", false,
	    ERR_REFUSED },
	{ "a public address", "203.0.114.9@8053", false, ERR_REFUSED },
	{ "everywhere behind a proxy", "0.0.0.0@0", true, 0 },
	{ "an address that is not ours", "203.0.114.9@8053", true, ERR_SYS },
};

static int
try_one(const char *text, bool proxy, struct www_http_place *ret,
    struct err_text *why)
{
	struct zone_config config = { .path = NULL };
	struct net_prefix prefix = { .plen = 32 };
	struct net_place place;

	if (net_place_parse(span_str(text), &place) < 0) {
		return 1;
	}
	config.www.listen = &place;
	config.www.n_listen = 1;
	config.www.behind_proxy = &prefix;
	config.www.n_behind_proxy = proxy;
	why->text[0] = '\0';
	return www_listen(&config, (uid_t)-1, (gid_t)-1, ret, why);
}

int
main(void)
{
	struct www_http_place place = { .fd = -1 }, other;
	struct zone_config none = { .path = NULL };
	struct err_text why;
	char dir[SCRATCH], text[SCRATCH + 20], name[128];
	struct stat st;

	for (size_t i = 0; i < COUNT(cases); i++) {
		int r = try_one(cases[i].place, cases[i].proxy, &place, &why);

		CHECK(r == cases[i].want, "%s: %d %s", cases[i].name, r,
		    why.text);
		CHECK(r == 0 || why.text[0] != '\0', "%s: says why",
		    cases[i].name);
		if (r == 0) {
			CHECK(!place.local && place.crowd == cases[i].proxy,
			    "%s", cases[i].name);
			www_listen_name(name, place.fd);
			CHECK(strstr(name, "@0") == NULL, "%s: the port: %s",
			    cases[i].name, name);
			close(place.fd);
		}
	}
	CHECK(
	    www_listen(&none, (uid_t)-1, (gid_t)-1, &place, &why) == ERR_RANGE,
	    "nothing to listen on");

	scratch_make(dir);
	snprintf(text, sizeof(text), "unix:%s/sock", dir);
	CHECK(try_one(text, false, &place, &why) == 0, "%s", why.text);
	CHECK(place.local, "local");
	CHECK(stat(text + 5, &st) == 0 && (st.st_mode & 0777) == 0660,
	    "mode %o", st.st_mode);
	CHECK(try_one(text, false, &other, &why) == ERR_SYS,
	    "somebody answers there");
	close(place.fd);
	CHECK(try_one(text, false, &place, &why) == 0,
	    "a socket that was left behind: %s", why.text);
	close(place.fd);
	unlink(text + 5);
	{
		FILE *f = fopen(text + 5, "w");

		CHECK(f != NULL && fclose(f) == 0, "a file");
		CHECK(try_one(text, false, &place, &why) == ERR_SYS,
		    "a file is not ours to remove");
		CHECK(stat(text + 5, &st) == 0 && S_ISREG(st.st_mode),
		    "it is still there");
	}
	scratch_remove(dir);
	return failures != 0;
}
