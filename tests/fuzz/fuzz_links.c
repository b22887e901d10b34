/* fuzz_links.c - links in a text, and a table of providers. */
#include <stdint.h>
#include <stdlib.h>

#include "ingest/links.h"
#include "zone/providers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
links_of(struct span text, struct arena *arena)
{
	struct ingest_links links = { 0 };

	if (ingest_links_scan(text, arena, &links) < 0) {
		return;
	}
	for (unsigned i = 0; i < links.n; i++) {
		const char *h = links.hosts[i];

		if (links.counts[i] == 0 || strchr(h, '.') == NULL ||
		    strpbrk(h, " \r\n\t<>\"'/@:") != NULL ||
		    strlen(h) > text.len || h[strlen(h) - 1] == '.') {
			abort(); /* a host has a dot and no more than a host */
		}
		for (unsigned k = 0; k < i; k++) {
			if (strcmp(h, links.hosts[k]) == 0) {
				abort(); /* each once */
			}
		}
	}
}

/* What is in a table is found in it. */
static void
table_of(const char *text, size_t len, struct arena *arena)
{
	struct err_text why = { "" };
	struct zone_providers p;

	if (zone_providers_read("x", text, len, arena, &p, &why) < 0) {
		if (why.text[0] == '\0') {
			abort(); /* a refusal says why */
		}
		return;
	}
	for (size_t i = 0; i < p.n && !p.rows[i].builtin; i++) {
		const struct zone_provider_row *row = &p.rows[i], *found;

		found = row->name != NULL
		    ? zone_providers_name(
			  &p, span_str(row->name), ZONE_PROVIDER(row->kind))
		    : zone_providers_ip(
			  &p, &row->prefix.ip, ZONE_PROVIDER(row->kind));
		if (found == NULL || found->kind != row->kind) {
			abort();
		}
	}
	(void)zone_providers_name(&p, span(text, len), ~0u);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena arena = { 0 };

	links_of(span((const char *)data, len), &arena);
	table_of((const char *)data, len, &arena);
	arena_free(&arena);
	return 0;
}
