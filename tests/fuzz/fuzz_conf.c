/* fuzz_conf.c - any file at all may be given as rbl.conf.
 *
 * What is refused has its sentence with the file's name; what is accepted
 * holds only text that may be shown, and keeps the promises of config.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "zone/config.h"
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
see_text(const struct conf_file *f)
{
	for (size_t i = 0; i < f->n_blocks; i++) {
		const struct conf_block *b = &f->blocks[i];

		must((b->title != NULL) == b->section->titled);
		for (size_t k = 0; k < b->section->n_items; k++) {
			const struct conf_values *v = &b->items[k];

			must(v->item->shape == CONF_MANY || v->n <= 1);
			for (size_t m = 0; m < v->n; m++) {
				const char *t = v->values[m].text;
				size_t n;

				for (; *t != '\0'; t += n) {
					n = text_utf8(t, strlen(t));
					must(n > 0 && (uint8_t)*t >= 0x20);
				}
				must((v->values[m].line != 0) == v->given);
			}
		}
	}
}

static void
see_config(const struct zone_config *c)
{
	must(c->n_lists > 0 && c->data_dir[0] == '/');
	must(c->dns.n_listen > 0 && c->www.n_listen > 0);
	for (size_t i = 0; i < c->n_lists; i++) {
		must(zone_guard_code(c->lists[i].code, NULL) == 0);
		must(c->lists[i].wide_at >= c->lists[i].approve_at);
		must(zone_config_list(c, span_str(c->lists[i].name)) ==
		    &c->lists[i]);
	}
	for (size_t i = 0; i < c->n_zones; i++) {
		const struct zone_zone_conf *z = &c->zones[i];

		must(z->n_lists > 0 && z->n_ns > 0 && z->mname != NULL &&
		    z->hostmaster != NULL && z->text != NULL && z->ttl > 0);
		for (size_t k = 0; k < z->n_lists; k++) {
			must(z->lists[k]->kind == z->kind);
		}
		must(zone_config_zone(c, span_str(z->name)) == z);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char path[64];
	static int fd = -1;
	size_t n_sections;
	const struct conf_section *schema = zone_config_schema(&n_sections);
	struct zone_config *c = NULL;
	struct arena a = { 0 };
	struct err_text why = { "" };
	struct conf_file f;
	int r;

	if (fd < 0) {
		fd = memfd_create("rbl.conf", MFD_CLOEXEC);
		must(fd >= 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	must(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	must(file_write_fd(fd, data, len) == 0);

	r = conf_load(path, schema, n_sections, &a, &f, &why);
	must(r == 0 || strncmp(why.text, path, strlen(path)) == 0);
	if (r == 0) {
		see_text(&f);
	}
	arena_free(&a);
	why.text[0] = '\0';
	must(zone_config_load(path, &c, &why) == 0 ||
	    strncmp(why.text, path, strlen(path)) == 0);
	must(r == 0 || c == NULL);
	if (c != NULL) {
		see_config(c);
	}
	zone_config_free(&c);
	return 0;
}
