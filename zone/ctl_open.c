/* ctl_open.c - what the commands of rblctl work on, opened when asked for. */
#include "zone/ctl.h"

#include "base/secret.h"

static int
open_failed(struct ctl *ctl, int err, const struct err_text *why)
{
	if (err == ERR_NONE) {
		return ctl_fail("%s%sthere is no data directory %s yet; make "
				"it with \"rblctl init\"",
		    why->text, why->text[0] != '\0' ? ": " : "",
		    ctl->config->data_dir);
	}
	return ctl_failed(err, why, ctl->config->data_dir);
}

int
ctl_open_store(struct ctl *ctl, enum zone_access access)
{
	struct err_text why = { "" };
	int r;

	if (ctl->store != NULL) {
		return CTL_DONE;
	}
	r = zone_store_open(ctl->config->data_dir, ZONE_STORE_LISTS, access,
	    ctl->config->map_size, &ctl->store, &why);
	return r < 0 ? open_failed(ctl, r, &why) : CTL_DONE;
}

int
ctl_open_view(struct ctl *ctl)
{
	int r = ctl_open_store(ctl, ZONE_READ);

	if (r != CTL_DONE) {
		return r;
	}
	if (ctl->view == NULL &&
	    (r = zone_view_open(ctl->store, &ctl->view)) < 0) {
		return ctl_failed(r, NULL, "the store");
	}
	if ((r = zone_view_renew(ctl->view)) < 0) {
		return ctl_failed(r, NULL, "the store");
	}
	return CTL_DONE;
}

int
ctl_open_queue(struct ctl *ctl, enum zone_access access)
{
	struct err_text why = { "" };
	int r;

	if (ctl->queue != NULL) {
		return CTL_DONE;
	}
	r = zone_queue_open(ctl->config->data_dir, access,
	    ctl->config->map_size, &ctl->queue, &why);
	return r < 0 ? open_failed(ctl, r, &why) : CTL_DONE;
}

int
ctl_open_accounts(struct ctl *ctl, enum zone_access access)
{
	struct err_text why = { "" };
	int r;

	if (ctl->accounts != NULL) {
		return CTL_DONE;
	}
	if ((r = secret_init()) < 0) {
		return ctl_failed(r, NULL, "no randomness");
	}
	r = zone_accounts_open(ctl->config->data_dir, access,
	    ctl->config->map_size, &ctl->accounts, &why);
	return r < 0 ? open_failed(ctl, r, &why) : CTL_DONE;
}

void
ctl_close(struct ctl *ctl)
{
	zone_view_close(&ctl->view);
	zone_accounts_close(&ctl->accounts);
	zone_queue_close(&ctl->queue);
	zone_store_close(&ctl->store);
	zone_config_free(&ctl->config);
}
