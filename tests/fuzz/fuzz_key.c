/* fuzz_key.c - keys come from queries, mails, forms and list files.
 *
 * The first byte chooses the kind. What is read is written so that it reads
 * back equal; whoever shares a form shares the canon; test points and
 * 127.0.0.1 get past no guard.
 */
#include <stdlib.h>
#include <string.h>

#include "zone/guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
must(int fact)
{
	if (!fact) {
		abort();
	}
}

static void
see_forms(const struct zone_key *key)
{
	struct zone_forms f, g;
	struct zone_key k;

	zone_key_forms(key, &f);
	must(f.n <= ZONE_FORMS_MAX);
	must(key->kind != ZONE_KIND_ADDRESS || f.canon[0] != '\0');
	must((f.n == 0) ==
	    (key->kind != ZONE_KIND_ADDRESS || key->digest.len > 0));
	must(f.n == 0 || strcmp(f.text[0], key->text) == 0);
	for (unsigned i = 0; i < f.n; i++) {
		/* a tag cut off may leave what is no address: "a.+b" */
		if (zone_key_parse(ZONE_KIND_ADDRESS, span_str(f.text[i]), &k,
			NULL) == 0) {
			zone_key_forms(&k, &g);
			must(strcmp(f.canon, g.canon) == 0);
		}
		for (unsigned m = 0; m < i; m++) {
			must(strcmp(f.text[i], f.text[m]) != 0);
		}
	}
}

static void
see_guard(const struct zone_key *key)
{
	const struct zone_list_conf list = { .name = "l", .kind = key->kind };
	const struct zone_config none = { .path = NULL };
	struct err_text why = { "" };
	static const uint8_t point[] = { 127, 0, 0, 1 };
	int r = zone_guard_list(&none, &list, key, &why);

	must(r == 0 || (r == ERR_REFUSED && why.text[0] != '\0'));
	must(r < 0 || !zone_guard_test_point(key));
	if (key->kind == ZONE_KIND_IP && r == 0) {
		must(zone_guard_special(&key->ip.ip) == NULL);
		must(key->ip.ip.bits != 32 ||
		    memcmp(key->ip.ip.bytes, point, 4) != 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct err_text why = { "" };
	struct zone_key key, again;
	char out[ZONE_KEY_TEXT], name[ZONE_KEY_TEXT];
	enum zone_kind kind;
	struct span s;
	int r;

	if (len == 0) {
		return 0;
	}
	kind = (enum zone_kind)(data[0] % 3);
	s = span((const char *)data + 1, len - 1);
	must((unsigned)zone_key_guess(s) < 3);
	memset(&key, 0x5a, sizeof(key));
	r = zone_key_parse(kind, s, &key, &why);
	must(r == 0 || why.text[0] != '\0');
	if (r < 0) {
		return 0;
	}
	zone_key_format(out, &key);
	must(zone_key_parse(kind, span_str(out), &again, NULL) == 0);
	must(memcmp(&key, &again, sizeof(key)) == 0);
	must(zone_key_compare(&key, &again) == 0);
	must(zone_key_guess(span_str(out)) == kind || kind == ZONE_KIND_DOMAIN);
	zone_key_qname(name, &key);
	must(strlen(name) <= 253);
	see_forms(&key);
	see_guard(&key);
	return 0;
}
