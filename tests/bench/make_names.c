/* make_names.c - lists of what is asked by name: digests alone, addresses with
 * all their digests, domains. Nothing is remembered: entry I is made again
 * from its number whenever it is needed, and numbers from N on are not listed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "tests/bench/draw.h"

/* Numbers that belong to entry I whatever is drawn otherwise. */
static struct draw
draw_of(const char *what, uint64_t i)
{
	struct draw d = { (uint64_t)what[0] << 56 ^ i * 0xd1342543de82ef95 };

	return d;
}

/* Entry or not, for a question. */
static uint64_t
number(struct make *m, bool hit)
{
	uint32_t i = draw_below(&m->draw, (uint32_t)m->n);

	return hit ? i : m->n + i;
}

static uint64_t
any_entry(struct make *m)
{
	return draw_below(&m->draw, (uint32_t)m->n);
}

/* Letters and digits that no other number has. */
static char *
word(char *out, uint64_t i)
{
	static const char set[] = "bcdfghjklmnpqrstvwxz";
	static const char vowels[] = "aeiou";
	struct draw d = draw_of("word", i);
	unsigned n = 2 + draw_below(&d, 3);
	char *at = out;

	while (n-- > 0) {
		*at++ = set[draw_below(&d, sizeof(set) - 1)];
		*at++ = vowels[draw_below(&d, sizeof(vowels) - 1)];
	}
	sprintf(at, "%llu", (unsigned long long)i);
	return out;
}

/* ---- digests ------------------------------------------------------------ */

static void
sha1_of_number(uint64_t i, char *out)
{
	char text[64];
	int len =
	    sprintf(text, "somebody%llu@example.com", (unsigned long long)i);
	struct digest d = digest_of(DIGEST_SHA1, text, (size_t)len);

	digest_hex(d.bytes, d.len, out);
}

static void
ask_digest(struct make *m, bool hit, char *out, void *ctx)
{
	(void)ctx;
	sha1_of_number(number(m, hit), out);
}

void
make_digests(struct make *m)
{
	struct text rbl = text_open(m->dir, "list.rbl");
	struct text plain = text_open(m->dir, "list.plain");
	char hex[MAKE_NAME];

	text_rbldnsd_head(&rbl);
	for (size_t i = 0; i < m->n; i++) {
		sha1_of_number(i, hex);
		text_say(&rbl, "%s\n", hex);
		text_say(&plain, "sha1:%s\n", hex);
	}
	text_close(&rbl);
	text_close(&plain);
	make_questions(m, ask_digest, NULL);
}

/* ---- addresses ---------------------------------------------------------- */

struct address {
	char exact[128], cut[128]; /* with its +tag, and without */
};

/* A third at large providers, a tenth with a tag, or all. */
static struct address
address(const struct make *m, uint64_t i)
{
	static const char *const large[] = { "gmail.com", "gmail.com",
		"outlook.com", "yahoo.com", "hotmail.com" };
	struct draw d = draw_of("address", i);
	char name[64], domain[64];
	struct address a;

	word(name, i);
	if (draw_below(&d, 3) == 0) {
		strcpy(domain, large[draw_below(&d, 5)]);
	} else {
		char host[64];

		snprintf(domain, sizeof(domain), "%.40s.com",
		    word(host, draw_below(&d, 50000)));
	}
	snprintf(a.cut, sizeof(a.cut), "%s@%s", name, domain);
	strcpy(a.exact, a.cut);
	if (m->tagged || draw_below(&d, 10) == 0) {
		snprintf(a.exact, sizeof(a.exact), "%.60s+news%u@%.56s", name,
		    draw_below(&d, 100), domain);
	}
	return a;
}

/* The label that clients ask for: three digests in their usual spelling. */
static void
label(const char *text, unsigned kind, char *out)
{
	struct digest d = digest_of((enum digest_kind)kind, text, strlen(text));

	if (kind == DIGEST_SHA256) {
		digest_base32(d.bytes, d.len, out); /* 64 do not fit */
	} else {
		digest_hex(d.bytes, d.len, out);
	}
}

static void
ask_address(struct make *m, bool hit, char *out, void *ctx)
{
	struct address a = address(m, number(m, hit));
	unsigned how = draw_below(&m->draw, 2 * DIGEST_KINDS);

	(void)ctx;
	label(how < DIGEST_KINDS ? a.exact : a.cut, how % DIGEST_KINDS, out);
}

void
make_addresses(struct make *m)
{
	struct text rbl = text_open(m->dir, "list.rbl");
	struct text plain = text_open(m->dir, "list.plain");
	char text[MAKE_NAME];

	text_rbldnsd_head(&rbl);
	for (size_t i = 0; i < m->n; i++) {
		struct address a = address(m, i);

		text_say(&plain, "%s\n", a.exact);
		for (unsigned k = 0; k < DIGEST_KINDS; k++) {
			label(a.exact, k, text);
			text_say(&rbl, "%s\n", text);
			if (strcmp(a.exact, a.cut) != 0) {
				label(a.cut, k, text);
				text_say(&rbl, "%s\n", text);
			}
		}
	}
	text_close(&rbl);
	text_close(&plain);
	make_questions(m, ask_address, NULL);
}

/* ---- domains ------------------------------------------------------------ */

enum form { EXACT, AND_BELOW, BELOW };

/* Half exactly themselves, two fifths with all below, a tenth only what is
 * below. */
static enum form
domain(uint64_t i, char *out)
{
	static const char *const ends[] = { "com", "net", "org", "info", "top",
		"xyz", "de", "gr" };
	struct draw d = draw_of("domain", i);
	unsigned form = draw_below(&d, 10);
	char name[64];

	sprintf(out, "%s.%s", word(name, i), ends[draw_below(&d, 8)]);
	return form < 5 ? EXACT : form < 9 ? AND_BELOW : BELOW;
}

/* Not listed: half below a name that is listed alone. */
static void
ask_domain(struct make *m, bool hit, char *out, void *ctx)
{
	bool below = (draw_u64(&m->draw) >> 63) != 0;
	enum form form;
	char name[128];

	(void)ctx;
	if (hit || !below) {
		form = domain(number(m, hit), name);
		below = hit && (form == BELOW || (form == AND_BELOW && below));
	} else {
		do {
			form = domain(any_entry(m), name);
		} while (form != EXACT);
	}
	sprintf(out, "%s%s", below ? "www." : "", name);
}

void
make_domains(struct make *m)
{
	static const char *const before[] = { "", ".", "*." };
	struct text rbl = text_open(m->dir, "list.rbl");
	struct text plain = text_open(m->dir, "list.plain");
	char name[128];

	text_rbldnsd_head(&rbl);
	for (size_t i = 0; i < m->n; i++) {
		enum form form = domain(i, name);

		text_say(&rbl, "%s%s\n", before[form], name);
		text_say(&plain, "%s%s\n", before[form], name);
	}
	text_close(&rbl);
	text_close(&plain);
	make_questions(m, ask_domain, NULL);
}
