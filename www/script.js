/* script.js - keys, instant answers and a live count for moderators. Every
 * page works without it: it presses the same buttons and sends the same forms.
 */
"use strict";

(() => {
	const $ = (what, where) => (where || document).querySelector(what);
	const $$ = (what, where) =>
	    Array.from((where || document).querySelectorAll(what));
	const list = $("ol.items[data-keys]");
	const said = $("#said");

	document.documentElement.classList.add("js");

	/* ---- the line that says what was done ---- */

	/* NOTE comes from a page of ours, which wrote it as text. */
	function say(note) {
		const old = $(".flash:not(#said)");

		if (!said || !note) {
			return;
		}
		if (old) {
			old.remove();
		}
		said.hidden = false;
		said.replaceChildren(document.adoptNode(note));
	}

	function say_text(text, bad) {
		const p = document.createElement("p");

		p.className = bad ? "note bad" : "note";
		p.textContent = text;
		say(p);
	}

	/* ---- items ---- */

	const items = () => $$("li.item", list || document);
	const open_items = () => items().filter((i) =>
	    !i.classList.contains("gone"));
	const here = () => {
		const e = document.activeElement;

		return e ? e.closest("li.item") : null;
	};

	function go(item) {
		if (item) {
			item.focus({ preventScroll: true });
			item.scrollIntoView({ block: "nearest" });
		}
	}

	function step(by) {
		const all = open_items(), at = all.indexOf(here());

		go(at < 0 ? all[by > 0 ? 0 : all.length - 1] : all[at + by]);
	}

	/* Decided: it stays where it is, grey, until the page is left. */
	function grey(item, gone) {
		item.classList.toggle("gone", gone);
		for (const e of $$("button, input, .row a", item)) {
			if (e.type !== "hidden" && "disabled" in e) {
				e.disabled = gone;
			}
		}
		const box = $("input[type=checkbox]", item);

		if (gone && box) {
			box.checked = false;
		}
		chosen();
	}

	function fresh(item, version) {
		for (const e of $$("input[name=version]", item)) {
			e.value = version;
		}
		const box = $("input[type=checkbox]", item);

		if (box) {
			box.value = version;
		}
	}

	/* ---- forms, sent in place ---- */

	async function send(form, button) {
		const data = new URLSearchParams(new FormData(form));

		data.set("back", "line");
		if (button && button.name) {
			data.set(button.name, button.value);
		}
		const answer = await fetch(form.action, {
			method: "POST",
			body: data,
			credentials: "same-origin",
		});
		const page = new DOMParser().parseFromString(
		    await answer.text(), "text/html");

		return { ok: answer.ok, page: page,
			note: $(".flash[data-item]", page) };
	}

	/* The page that says why not, as a note. */
	function why_not(page, bad) {
		const parts = $$("main .note, main .say > p:not(:last-child)",
		    page);
		const title = $("h1", page);

		say_text(parts.map((p) => p.textContent.trim()).join(" ") ||
		    (title ? title.textContent : "?"), bad);
	}

	function after(note) {
		const item = $("#item-" + note.dataset.item);
		const waits = note.dataset.state === "waiting";

		if (item) {
			const all = items(), at = all.indexOf(item);

			grey(item, !waits);
			fresh(item, note.dataset.version);
			go(waits ? item : all.slice(at + 1).concat(all)
			    .find((i) => !i.classList.contains("gone")));
		}
		say(note);
		count();
	}

	const busy = new WeakSet(), by_browser = new WeakSet();

	async function act(form, button) {
		const item = form.closest("li.item");

		if (busy.has(form)) {
			return;
		}
		busy.add(form);
		(item || form).setAttribute("aria-busy", "true");
		try {
			const r = await send(form, button);

			if (r.ok && r.note) {
				after(r.note);
			} else {
				why_not(r.page, !r.ok);
			}
		} catch (e) {
			/* the network: let the browser say it */
			by_browser.add(form);
			form.requestSubmit(button);
		} finally {
			busy.delete(form);
			(item || form).removeAttribute("aria-busy");
		}
	}

	document.addEventListener("submit", (event) => {
		const form = event.target;

		if (!said || by_browser.delete(form)) {
			return;
		}
		if (form.matches("form.row, #said form.undo, .flash form.undo")) {
			event.preventDefault();
			act(form, event.submitter);
		} else if (form.matches("form.bulk, form.chosen")) {
			form.setAttribute("aria-busy", "true");
		}
	});

	/* ---- choosing several ---- */

	const all_box = $("input[data-all]");

	function chosen() {
		const boxes = items().map((i) => $("input[type=checkbox]", i))
		    .filter((b) => b && !b.disabled);
		const n = boxes.filter((b) => b.checked).length;
		const bar = $("form.bulk");

		if (bar) {
			bar.dataset.n = n;
			bar.classList.toggle("some", n > 0);
			for (const b of $$(".what button", bar)) {
				b.dataset.n = n > 0 ? n : "";
			}
		}
		if (all_box) {
			all_box.checked = n > 0 && n === boxes.length;
			all_box.indeterminate = n > 0 && n < boxes.length;
		}
	}

	document.addEventListener("change", (event) => {
		if (event.target === all_box) {
			for (const i of open_items()) {
				const box = $("input[type=checkbox]", i);

				if (box) {
					box.checked = all_box.checked;
				}
			}
		}
		if (event.target.type === "checkbox") {
			chosen();
		}
	});

	/* ---- keys ---- */

	const dialog = $("#keys");
	const press = (button) => {
		if (button && !button.disabled) {
			button.click();
			return true;
		}
		return false;
	};
	/* What is to be done to an item needs the focus on it. */
	const on_item = (key) => {
		const item = here();

		if (item && !item.classList.contains("gone")) {
			press($("button[data-key~=" + key + "]", item));
		}
	};
	const keys = {
		j: () => step(1),
		k: () => step(-1),
		x: () => {
			const item = here();

			press(item && $("input[type=checkbox]", item));
		},
		o: () => {
			const item = here();

			press(item && $("a.subject", item));
		},
		l: () => on_item("l"),
		a: () => on_item("a"),
		d: () => on_item("d"),
		u: () => press($(".flash button.undo")),
		"/": () => {
			const q = $("#q");

			if (q) {
				q.focus();
				q.select();
			}
		},
		"?": () => dialog && dialog.showModal(),
	};

	/* On the page of one item: one at a time, and with the focus on the
	 * line above it, a key presses its button. Else it only goes there. */
	const above = $(".above[data-item]");
	const one = (what) => {
		const button = $(what);

		if (!button || button.disabled) {
			return;
		}
		if (above.matches("[data-zen]") &&
		    above.contains(document.activeElement)) {
			button.click();
		} else {
			button.focus();
		}
	};
	const item_keys = {
		l: () => one(".decide button.list"),
		a: () => one(".decide button[data-key=a]"),
		d: () => one(".decide button.dismiss"),
		n: () => $("#note") && $("#note").focus(),
		u: () => {
			const undo = $(".flash button.undo, .side button.undo");

			if (undo) {
				undo.focus();
			}
		},
		j: () => press($("[data-zen] a[href^='/queue/next']")),
	};
	if (above && above.matches("[data-zen]")) {
		above.focus({ preventScroll: true });
	}

	document.addEventListener("keydown", (event) => {
		const e = event.target;

		if (event.ctrlKey || event.altKey || event.metaKey ||
		    event.isComposing || event.repeat ||
		    e.closest("dialog") || (e.matches("input, select, textarea") &&
		    e.type !== "checkbox")) {
			return;
		}
		if (above && above.dataset.keys === "on" &&
		    Object.hasOwn(item_keys, event.key)) {
			event.preventDefault();
			item_keys[event.key]();
		}
		if (!list) {
			return;
		}
		if (event.key === "Enter" && e.matches("li.item")) {
			event.preventDefault();
			keys.o();
		} else if ((event.key === "?" || list.dataset.keys === "on") &&
		    Object.hasOwn(keys, event.key)) {
			event.preventDefault();
			keys[event.key]();
		}
	});
	for (const b of $$("[data-opens]")) {
		b.hidden = !dialog;
		b.addEventListener("click", () => dialog.showModal());
	}

	/* ---- the count ---- */

	async function count() {
		try {
			const answer = await fetch("/queue/count",
			    { credentials: "same-origin" });

			if (!answer.ok) {
				return;
			}
			const n = (await answer.json()).waiting;
			const badge = $(".top a[href='/queue'] .count");

			if (badge) {
				badge.firstChild.nodeValue = n;
			}
			for (const e of $$("[data-count]")) {
				e.textContent = n;
			}
			document.title = document.title.replace(/^\(\d+\) /,
			    n > 0 ? "(" + n + ") " : "");
		} catch (e) {
			/* the next one will tell */
		}
	}

	if ($(".top a[href='/queue']")) {
		setInterval(() => document.hidden || count(), 30000);
	}
	if (list) {
		chosen();
		const target = location.hash.startsWith("#item-") &&
		    document.getElementById(location.hash.slice(1));

		if (target) {
			go(target);
		}
	}
})();
