/* The vectors are what real clients sent for spammer.name+tag@example.gr. */
#include <string.h>

#include "base/digest.h"
#include "check.h"

static const char address[] = "spammer.name+tag@example.gr";

static const struct {
	enum digest_kind kind;
	const char *hex, *rspamd, *base32; /* NULL: nobody sends it */
} vectors[] = {
	{ DIGEST_MD5, "1fb6d9a4effff479b11363d470a104b2",
	    "9opup167987uzaqnddibzo1y1f", NULL },
	{ DIGEST_SHA1, "4b15dd36607cc5fc7bc5a902a4aa2b970012055b",
	    "mkf4p5ychmt397iajiyekiqfzryrtncm", NULL },
	{ DIGEST_SHA256,
	    "148dad4a3bfdccc82cc260a2963ecb0f934a6b2a71cc8969f5929a0522228560",
	    "wed5kfp878utcseayuepj9c3xariwijftduuawi61wgmyterfray",
	    "csg22sr37xgmqlgcmcrjmpwlb6juu2zkohgis2pvsknakircqvqa" },
};

static const struct {
	const char *name, *label;
	unsigned n;
	uint8_t len[2];
} labels[] = {
	{ "rspamd md5", "9opup167987uzaqnddibzo1y1f", 1, { 16, 0 } },
	{ "md5", "1fb6d9a4effff479b11363d470a104b2", 1, { 16, 0 } },
	{ "rspamd sha1", "mkf4p5ychmt397iajiyekiqfzryrtncm", 1, { 20, 0 } },
	{ "rspamd sha1, folded", "MKF4P5YCHMT397IAJIYEKIQFZRYRTNCM", 1,
	    { 20, 0 } },
	{ "md5 that is rspamd too", "1111111111111111aaaaaaaaaaaaaaaa", 2,
	    { 16, 20 } },
	{ "sha1", "4B15DD36607CC5FC7BC5A902A4AA2B970012055B", 1, { 20, 0 } },
	{ "sha256", "csg22sr37xgmqlgcmcrjmpwlb6juu2zkohgis2pvsknakircqvqa", 1,
	    { 32, 0 } },
	{ "rspamd sha256",
	    "wed5kfp878utcseayuepj9c3xariwijftduuawi61wgmyterfray", 1,
	    { 32, 0 } },
	{ "nothing", "", 0, { 0 } },
	{ "one short", "1fb6d9a4effff479b11363d470a104b", 0, { 0 } },
	{ "one long", "1fb6d9a4effff479b11363d470a104b22", 0, { 0 } },
	{ "no hex", "1fb6d9a4effff479b11363d470a104bl", 0, { 0 } },
	{ "a hyphen", "4b15dd36607cc5fc7bc5a902a4aa2b97001205-b", 0, { 0 } },
	{ "bits beyond the end",
	    "csg22sr37xgmqlgcmcrjmpwlb6juu2zkohgis2pvsknakircqvqb", 0, { 0 } },
	{ "rspamd bits beyond", "9opup167987uzaqnddibzo1y19", 0, { 0 } },
	{ "sha256 hex: too long for a label",
	    "148dad4a3bfdccc82cc260a2963ecb0f934a6b2a71cc8969f5929a0522228560",
	    0, { 0 } },
};

int
main(void)
{
	uint8_t back[DIGEST_MAX], pieces[32];
	char out[65];
	struct digest d, two[2];

	for (size_t i = 0; i < COUNT(vectors); i++) {
		d = digest_of(vectors[i].kind, address, strlen(address));
		digest_hex(d.bytes, d.len, out);
		CHECK(strcmp(out, vectors[i].hex) == 0, "hex: %s", out);
		CHECK(digest_unhex(out, strlen(out), back, d.len) &&
			memcmp(back, d.bytes, d.len) == 0,
		    "%s", out);
		digest_rspamd32(d.bytes, d.len, out);
		CHECK(strcmp(out, vectors[i].rspamd) == 0, "rspamd: %s", out);
		CHECK(digest_unrspamd32(out, strlen(out), back, d.len) &&
			memcmp(back, d.bytes, d.len) == 0,
		    "%s", out);
		digest_base32(d.bytes, d.len, out);
		CHECK(vectors[i].base32 == NULL ||
			strcmp(out, vectors[i].base32) == 0,
		    "base32: %s", out);
		CHECK(digest_unbase32(out, strlen(out), back, d.len) &&
			memcmp(back, d.bytes, d.len) == 0,
		    "%s", out);
		CHECK(!digest_unbase32(out, strlen(out) - 1, back, d.len),
		    "%s cut", out);
	}
	for (size_t i = 0; i < COUNT(labels); i++) {
		unsigned n = digest_of_label(
		    labels[i].label, strlen(labels[i].label), two);

		CHECK(n == labels[i].n, "%s: %u", labels[i].name, n);
		for (unsigned k = 0; k < n && n == labels[i].n; k++) {
			CHECK(two[k].len == labels[i].len[k], "%s: %u",
			    labels[i].name, two[k].len);
		}
	}
	d = digest_of(DIGEST_SHA256, address, strlen(address));
	digest_sha256_2(address, 5, address + 5, strlen(address) - 5, pieces);
	CHECK(memcmp(d.bytes, pieces, 32) == 0, "in pieces");
	return failures != 0;
}
