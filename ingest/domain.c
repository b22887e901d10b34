/* domain.c - organisational domains. */
#include "ingest/domain.h"

#include "ingest/received.h"
#include "zone/suffix.h"

void
ingest_domain_init(void)
{
	zone_suffix_init();
}

void
ingest_domain_fini(void)
{
	zone_suffix_fini();
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
	const char *org;
	struct net_ip ip;

	out[0] = '\0';
	name = without_dot(name);
	/* the list wants lower case, no final dot, and no address */
	if (name.len == 0 || name.len >= sizeof(low) ||
	    memchr(name.at, '\0', name.len) != NULL ||
	    ingest_ip_read(name, &ip)) {
		return out;
	}
	for (size_t i = 0; i < name.len; i++) {
		low[i] = text_lower(name.at[i]);
	}
	low[name.len] = '\0';
	org = zone_suffix_org(low);
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
