/* tls.c - the certificate that the pages show. */
#include "www/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"
#include "base/when.h"

#define CHAIN 8
#define FILE_MAX (256u << 10)
#define ID_MAX 64
#define KEEP_OLD 120 /* seconds: no handshake may take that long */

struct pair {
	gnutls_pcert_st chain[CHAIN];
	unsigned n;
	gnutls_privkey_t key;
	int64_t retired; /* boot-time clock, 0: in use */
	struct pair *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct pair *pairs; /* the present one first */

static void
pair_free(struct pair *p)
{
	for (unsigned i = 0; i < p->n; i++) {
		gnutls_pcert_deinit(&p->chain[i]);
	}
	if (p->key != NULL) {
		gnutls_privkey_deinit(p->key);
	}
	free(p);
}

/* A key that everybody may read is none. Its group may, since that is how
 * Debian gives keys to programs. */
static int
check_mode(const char *path, struct err_text *why)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		return err_say(why, ERR_SYS, "%s: %s", path, strerror(errno));
	}
	if (!S_ISREG(st.st_mode)) {
		return err_say(why, ERR_FORMAT, "%s: is no ordinary file", path);
	}
	if ((st.st_mode & 007) != 0) {
		return err_say(why, ERR_FORMAT,
		    "%s: everybody may use it (mode %04o), expected 0640 or "
		    "0600",
		    path, (unsigned)(st.st_mode & 07777));
	}
	return 0;
}

static int
slurp(const char *path, struct buf *b, struct err_text *why)
{
	int r = file_read(path, FILE_MAX, b);

	return r < 0 ? err_say(why, r, "%s: %s", path,
			   r == ERR_SYS ? strerror(errno) : err_str(r))
		     : 0;
}

/* Is the key that of the first certificate? */
static int
belong(const struct pair *p)
{
	uint8_t a[ID_MAX], b[ID_MAX];
	size_t na = sizeof(a), nb = sizeof(b);
	gnutls_pubkey_t public;
	int e = gnutls_pubkey_init(&public);

	if (e < 0) {
		return e;
	}
	e = gnutls_pubkey_import_privkey(public, p->key, 0, 0);
	if (e == 0) {
		e = gnutls_pubkey_get_key_id(
		    public, GNUTLS_KEYID_USE_SHA256, a, &na);
	}
	if (e == 0) {
		e = gnutls_pubkey_get_key_id(
		    p->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, b, &nb);
	}
	if (e == 0 && (na != nb || memcmp(a, b, na) != 0)) {
		e = GNUTLS_E_CERTIFICATE_KEY_MISMATCH;
	}
	gnutls_pubkey_deinit(public);
	return e;
}

/* One that is over would only be refused by every browser. */
static int
check_time(const struct pair *p, const char *path, struct err_text *why)
{
	gnutls_x509_crt_t crt;
	time_t until = 0;
	int e = gnutls_x509_crt_init(&crt);

	if (e == 0) {
		e = gnutls_x509_crt_import(
		    crt, &p->chain[0].cert, GNUTLS_X509_FMT_DER);
		until = e == 0 ? gnutls_x509_crt_get_expiration_time(crt) : 0;
		gnutls_x509_crt_deinit(crt);
	}
	if (e < 0) {
		return err_say(
		    why, ERR_FORMAT, "%s: %s", path, gnutls_strerror(e));
	}
	return (int64_t)until < when_now()
	    ? err_say(why, ERR_FORMAT, "%s: the certificate is over", path)
	    : 0;
}

static int
read_pair(const char *cert, const char *key, struct pair **ret,
    struct err_text *why)
{
	struct pair *p = calloc(1, sizeof(*p));
	struct buf chain = { 0 }, secret = { 0 };
	gnutls_datum_t data;
	int r, e;

	if (p == NULL) {
		return err_say(why, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	}
	if ((r = slurp(cert, &chain, why)) < 0 ||
	    (r = check_mode(key, why)) < 0 ||
	    (r = slurp(key, &secret, why)) < 0) {
		goto out;
	}
	data = (gnutls_datum_t){ (unsigned char *)chain.data,
		(unsigned)chain.len };
	p->n = CHAIN;
	e = gnutls_pcert_list_import_x509_raw(p->chain, &p->n, &data,
	    GNUTLS_X509_FMT_PEM,
	    GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED |
		GNUTLS_X509_CRT_LIST_FAIL_IF_UNSORTED);
	if (e < 0 || p->n == 0) {
		p->n = 0;
		r = err_say(why, ERR_FORMAT, "%s: no chain of certificates: %s",
		    cert, gnutls_strerror(e < 0 ? e : GNUTLS_E_NO_CERTIFICATE_FOUND));
		goto out;
	}
	data = (gnutls_datum_t){ (unsigned char *)secret.data,
		(unsigned)secret.len };
	e = gnutls_privkey_init(&p->key);
	if (e == 0) {
		e = gnutls_privkey_import_x509_raw(
		    p->key, &data, GNUTLS_X509_FMT_PEM, NULL, 0);
	}
	if (e < 0) {
		r = err_say(why, ERR_FORMAT, "%s: no private key: %s", key,
		    gnutls_strerror(e));
		goto out;
	}
	e = belong(p);
	if (e < 0) {
		r = err_say(why, ERR_FORMAT,
		    "%s: is not the key of the certificate in %s", key, cert);
		goto out;
	}
	r = check_time(p, cert, why);
out:
	buf_free(&chain);
	if (secret.data != NULL) {
		secret_wipe(secret.data, secret.len);
	}
	buf_free(&secret);
	if (r < 0) {
		pair_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

int
www_tls_check(const char *cert, const char *key, struct err_text *why)
{
	struct pair *p = NULL;
	int r = read_pair(cert, key, &p, why);

	if (r == 0) {
		pair_free(p);
	}
	return r;
}

int
www_tls_load(const char *cert, const char *key, struct err_text *why)
{
	struct pair *fresh = NULL, **at;
	int64_t now = when_boot();
	int r = read_pair(cert, key, &fresh, why);

	if (r < 0) {
		return r;
	}
	pthread_mutex_lock(&lock);
	fresh->next = pairs;
	if (pairs != NULL) {
		pairs->retired = now;
	}
	pairs = fresh;
	for (at = &fresh->next; *at != NULL;) {
		struct pair *p = *at;

		if (now - p->retired > KEEP_OLD) {
			*at = p->next;
			pair_free(p);
		} else {
			at = &p->next;
		}
	}
	pthread_mutex_unlock(&lock);
	return 0;
}

void
www_tls_free(void)
{
	pthread_mutex_lock(&lock);
	while (pairs != NULL) {
		struct pair *p = pairs;

		pairs = p->next;
		pair_free(p);
	}
	pthread_mutex_unlock(&lock);
}

int
www_tls_present(gnutls_session_t session, const gnutls_datum_t *authorities,
    int n_authorities, const gnutls_pk_algorithm_t *algorithms,
    int n_algorithms, gnutls_pcert_st **ret_chain, unsigned *ret_n,
    gnutls_privkey_t *ret_key)
{
	int r = -1;

	(void)session;
	(void)authorities;
	(void)n_authorities;
	(void)algorithms;
	(void)n_algorithms;
	pthread_mutex_lock(&lock);
	if (pairs != NULL) {
		*ret_chain = pairs->chain;
		*ret_n = pairs->n;
		*ret_key = pairs->key;
		r = 0;
	}
	pthread_mutex_unlock(&lock);
	return r;
}
