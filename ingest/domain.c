/* domain.c - organisational domains. The only door to libpsl. */
#include "ingest/domain.h"

#include <libpsl.h>
#include <stdint.h>

#include "ingest/received.h"

static psl_ctx_t *list;

static const psl_ctx_t *
suffixes(void)
{
	if (list == NULL) {
		list = psl_latest(NULL);
	}
	return list != NULL ? list : psl_builtin();
}

void
ingest_domain_init(void)
{
	(void)suffixes();
}

void
ingest_domain_fini(void)
{
	if (list != psl_builtin()) {
		psl_free(list);
	}
	list = NULL;
}

static struct span
without_dot(struct span s)
{
	while (s.len > 0 && s.at[s.len - 1] == '.') {
		s.len--;
	}
	return s;
}

char *
ingest_domain_org(char *out, struct span name)
{
	char low[256];
	const char *org = NULL;
	struct net_ip ip;

	out[0] = '\0';
	name = without_dot(name);
	/* libpsl wants lower case, no final dot, and no address */
	if (name.len == 0 || name.len >= sizeof(low) ||
	    memchr(name.at, '\0', name.len) != NULL ||
	    ingest_ip_read(name, &ip)) {
		return out;
	}
	for (size_t i = 0; i < name.len; i++) {
		low[i] = text_lower(name.at[i]);
	}
	low[name.len] = '\0';
	if (suffixes() != NULL) {
		org = psl_registrable_domain(suffixes(), low);
	}
	if (org != NULL) {
		memcpy(out, org, strlen(org) + 1);
	}
	return out;
}

bool
ingest_domain_aligned(struct span a, struct span b)
{
	char x[256], y[256];

	ingest_domain_org(x, a);
	ingest_domain_org(y, b);
	return x[0] != '\0' && strcmp(x, y) == 0;
}

bool
ingest_domain_under(struct span name, const char *suffix)
{
	size_t n = strlen(suffix);

	name = without_dot(name);
	return span_is(name, suffix) ||
	    (name.len > n && span_ends(name, suffix) &&
		name.at[name.len - n - 1] == '.');
}
