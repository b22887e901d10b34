/* suffix.c - the public suffix list. The only door to libpsl. */
#include "zone/suffix.h"

#include <libpsl.h>
#include <pthread.h>
#include <stdint.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const psl_ctx_t *list; /* once there, it stays and does not change */

static const psl_ctx_t *
suffixes(void)
{
	const psl_ctx_t *l;

	pthread_mutex_lock(&lock);
	if (list == NULL) {
		list = psl_latest(NULL);
	}
	if (list == NULL) {
		list = psl_builtin();
	}
	l = list;
	pthread_mutex_unlock(&lock);
	return l;
}

void
zone_suffix_init(void)
{
	(void)suffixes();
}

void
zone_suffix_fini(void)
{
	psl_free((psl_ctx_t *)list); /* leaves the built-in one alone */
	list = NULL;
}

bool
zone_suffix_public(const char *name)
{
	const psl_ctx_t *l = suffixes();

	return l == NULL ? strchr(name, '.') == NULL
			 : psl_is_public_suffix(l, name) != 0;
}

const char *
zone_suffix_org(const char *name)
{
	const psl_ctx_t *l = suffixes();

	return l != NULL ? psl_registrable_domain(l, name) : NULL;
}
