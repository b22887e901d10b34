// day.mjs - a moderator's day: from the look at the queue to the decision in
// DNS with one key or one click, back again, and everything around it. The
// same with and without scripts, in a wide and a narrow window, light and
// dark; each day has mail of its own.
import { createHash } from 'node:crypto';
import * as b from './lib.mjs';
import { write } from './mails.mjs';

const days = [
	{ net: '203.0.121', word: 'a', js: true, width: 1200 },
	{ net: '203.0.123', word: 'b', js: false, width: 375 },
	{ net: '203.0.125', word: 'c', js: true, width: 375, dark: true },
	{ net: '203.0.127', word: 'd', js: false, width: 1200, dark: true },
].filter(({ word }) => (process.env.DAYS ?? word).includes(word));
const listed = 'NOERROR 127.0.0.2';
const clear = 'NXDOMAIN';

// What one person alone may not list; the mail of the day lies within.
const wide = ({ net }) => `203.0.${Number(net.split('.')[2]) - 1}.0/23`;
// What nobody reported.
const quiet = ({ net }) => `203.0.${Number(net.split('.')[2]) + 20}.222`;
const in_dns = (ip) => b.dig(`${b.reversed(ip)}.bl.example.test`);
const address_in_dns = (address) => b.dig(`${createHash('sha1').update(address)
	.digest('hex')}.em.example.test`);
const is_in_dns = (ip, want, what) => b.is(in_dns(ip), want, `${what}: ${ip} in DNS`);

// What waits, by relay.
function waiting(net) {
	const items = {};

	for (const line of b.ctl('queue', 'list', '--json').split('\n').filter(Boolean)) {
		const item = JSON.parse(line);

		for (const { key } of item.candidates) {
			if (key.startsWith(`${net}.`)) {
				items[Number(key.split('.')[3])] = item.id;
			}
		}
	}
	return items;
}

async function says(page, words, what, where = 'main') {
	const text = (await page.innerText(where)).replaceAll(/\s+/g, ' ');

	return b.check(words.test(text), `${what}: ${words}`, text.slice(0, 1500));
}

// Find by typing: what the other days left is out of sight.
async function filter(page, words) {
	await b.open(page, '/queue');
	await page.fill('#q', words);
	await b.press(page, '.find button');
}

// To the item, as the keys go: at most as far as the list is long.
async function walk_to(page, id) {
	for (let i = 0; i < 60; i++) {
		const key = await page.evaluate((want) => {
			const here = document.activeElement.closest('li.item');
			const there = document.getElementById(want);

			return here === there ? ''
				: here && here.compareDocumentPosition(there) &
				    Node.DOCUMENT_POSITION_PRECEDING ? 'k' : 'j';
		}, `item-${id}`);

		if (key === '') {
			return true;
		}
		await page.keyboard.press(key);
	}
	return b.check(false, `j and k lead to item ${id}`);
}

// One key with scripts, one click without. Until the line that says it.
async function act(page, js, key, selector) {
	if (js) {
		const old = await page.innerText('#said');

		await page.keyboard.press(key);
		await b.until(page, (before) => {
			const said = document.querySelector('#said');

			return !said.hidden && said.innerText !== before;
		}, old);
	} else {
		await b.press(page, selector);
	}
}

async function in_the_queue(page, day, items) {
	const { net, js } = day;
	const ip = (n) => `${net}.${n}`;
	const row = (n) => `#item-${items[n]}`;

	b.step('from the look at the queue to DNS: one key or one click');
	await filter(page, `relay:${net}.`);
	is_in_dns(ip(9), clear, 'before');
	if (js) {
		await walk_to(page, items[9]);
	}
	const at = page.url();
	await act(page, js, 'l', `${row(9)} button.list`);
	is_in_dns(ip(9), listed, 'after');
	await says(page, new RegExp(`Listed ${ip(9)} by anna`), 'the line', '.flash');
	if (js) {
		b.is(page.url(), at, 'the page stayed');
		b.check(await page.locator(`${row(9)}.gone`).count() === 1,
		    'the row is grey');
	}

	b.step('undo where it was done');
	await act(page, js, 'u', '.flash button.undo');
	is_in_dns(ip(9), clear, 'undone');
	b.check(items[9] === waiting(net)[9], 'it waits again', waiting(net));

	b.step('the address instead');
	if (js) {
		await walk_to(page, items[77]);
	}
	const sender = `offers@bulk-sender${day.word}.example`;
	b.is(address_in_dns(sender), clear, 'the address before');
	await act(page, js, 'a', `${row(77)} button:has-text("List address")`);
	b.is(address_in_dns(sender), 'NOERROR 127.0.0.3', 'the address after');
	is_in_dns(ip(77), clear, 'the line itself');

	b.step('dismiss, and take it back');
	if (js) {
		await walk_to(page, items[10]);
	}
	await act(page, js, 'd', `${row(10)} button.dismiss`);
	await says(page, /Dismissed by anna/, 'the line', '.flash');
	b.check(!(10 in waiting(net)), 'it does not wait');
	await act(page, js, 'u', '.flash button.undo');
	b.check(10 in waiting(net), 'it waits again');
	is_in_dns(ip(10), clear, 'dismissed and back');
}

// Keys must not do what nobody meant.
async function no_keys(page, day) {
	const before = JSON.stringify(waiting(day.net));
	const nothing = async (what) => {
		await page.waitForTimeout(150);
		b.is(JSON.stringify(waiting(day.net)), before, `nothing done: ${what}`);
	};

	b.step('keys that are none');
	await filter(page, `relay:${day.net}.`);
	await page.focus('#bulk-reason');
	await page.keyboard.type('lad ujk x?');
	b.is(await page.inputValue('#bulk-reason'), 'lad ujk x?', 'a field takes letters');
	await page.focus('#sort');
	await page.keyboard.press('d');
	await page.focus('#q');
	await page.keyboard.press('l');
	await nothing('in fields');
	await page.locator('h1').click();
	for (const key of ['l', 'a', 'd']) {
		await page.keyboard.press(key);
	}
	await nothing('no item has the focus');
	await page.keyboard.press('j');
	b.check(await page.locator('li.item:focus').count() === 1, 'j takes an item');
	await page.keyboard.press('j');
	const second = await page.evaluate('document.activeElement.id');
	await page.keyboard.press('k');
	const first = await page.evaluate('document.activeElement.id');
	b.check(first !== second && first.startsWith('item-'), 'k goes back',
	    [first, second]);
	for (const keys of ['Control+l', 'Alt+d', 'Meta+a', 'Control+d', 'Alt+l']) {
		await page.keyboard.press(keys);
	}
	await nothing('with other keys held');
	await page.keyboard.press('?');
	b.check(await page.locator('#keys').evaluate((d) => d.open), '? shows the keys');
	await page.keyboard.press('l');
	await page.keyboard.press('d');
	await b.sound(page, 'the keys');
	await page.keyboard.press('Escape');
	b.check(!await page.locator('#keys').evaluate((d) => d.open), 'Escape hides them');
	await nothing('in the dialog');
	await page.keyboard.press('/');
	b.is(await page.evaluate('document.activeElement.id'), 'q', '/ goes to the search');
}

async function bulk(page, day, items) {
	const three = [123, 124, 125];

	b.step('several with one reason');
	await filter(page, `seminars${day.word}`);
	b.is(await page.locator('li.item').count(), 3, 'the search finds three');
	for (const n of three) {
		if (day.js) {
			await walk_to(page, items[n]);
			await page.keyboard.press('x');
		} else {
			await page.check(`#item-${items[n]} input[type=checkbox]`);
		}
		b.check(await page.isChecked(`#item-${items[n]} input[type=checkbox]`),
		    `item ${items[n]} is chosen`);
	}
	await page.fill('#bulk-reason', `seminars nobody asked for ${day.word}`);
	await b.press(page, 'form.bulk button[value=list]');
	await says(page, /3 items were listed/, 'the result');
	for (const n of three) {
		is_in_dns(`${day.net}.${n}`, listed, 'all at once');
	}
	await b.sound(page, 'the result of several');
	await b.press(page, '.flash button.undo, button.undo');
	for (const n of three) {
		is_in_dns(`${day.net}.${n}`, clear, 'all undone');
	}
}

async function two_people(anna, bert, day, items) {
	const id = items[130], net = wide(day), one = `${day.net}.201`;
	const choose = async (page) => {
		await b.open(page, `/queue/${id}`);
		await page.locator('select[name^=scope-]').first().selectOption('23');
		await b.press(page, `.buttons button[value=preview]`);
		await says(page, new RegExp(`List the IP ${net}`), 'the button has the network');
		await b.press(page, `button[name=do]:has-text("${net}")`);
	};

	b.step('a network: two people');
	await choose(anna);
	await says(anna, /Your vote is kept/, 'anna alone');
	is_in_dns(one, clear, 'one of two');
	await b.sound(anna, 'a vote is kept');
	await b.open(bert, `/queue/${id}`);
	await says(bert, new RegExp(`anna .*list ${net}`), 'bert sees the vote');
	await choose(bert);
	is_in_dns(one, listed, 'two of two');
	await says(bert, new RegExp(`Listed .*${net} by bert`), 'the item says so');
}

async function with_others(anna, bert, day, items) {
	const { net } = day;

	b.step('a claim and a note');
	await filter(anna, `relay:${net}.131`);
	await b.press(anna, `#item-${items[131]} .more form button`)
		.catch(() => undefined);
	await filter(bert, `relay:${net}.131`);
	await says(bert, /anna is looking at it/, 'bert sees the claim', 'ol.items');
	await b.open(anna, `/queue/${items[131]}`);
	await anna.fill('#note', 'Asked the provider, waiting.');
	await b.press(anna, `form[action="/queue/${items[131]}/note"] button`);
	await b.open(bert, `/queue/${items[131]}`);
	await says(bert, /Asked the provider, waiting\..* anna/, 'bert reads the note');

	b.step('two at the same item: one wins, the other is told');
	await b.open(anna, `/queue/${items[121]}`);
	await b.open(bert, `/queue/${items[121]}`);
	await b.press(bert, 'form.decide button.dismiss');
	await anna.fill('form.decide textarea[name=reason]', 'too late');
	await b.press(anna, 'form.decide button.list');
	await says(anna, /Decided already.*Dismissed by bert/, 'anna is told');
	is_in_dns(`${net}.121`, clear, 'the first word holds');
	await b.sound(anna, 'who was faster');
	/* and in the row, with a page from before */
	await filter(anna, `relay:${net}.122`);
	await b.open(bert, `/queue/${items[122]}`);
	await b.press(bert, 'form.decide button.dismiss');
	if (day.js) {
		await walk_to(anna, items[122]);
		await act(anna, true, 'l');
	} else {
		await b.press(anna, `#item-${items[122]} button.list`);
	}
	await says(anna, /decided about this item since|Decided already/, 'anna is told');
	is_in_dns(`${net}.122`, clear, 'the first word holds');
}

async function removal(anna, day) {
	const key = `${day.net}.140`, net = `${day.net}.140/30`;

	b.step('a request for removal');
	b.ctl('add', 'ip', net, '--reason', 'a small network');
	is_in_dns(key, listed, 'before');
	const visitor = await b.window_of(day);
	const ticket = await b.ask_removal(visitor, key, `A new customer ${day.word}.`);
	is_in_dns(key, listed, 'asked');
	await b.open(anna, '/requests');
	const link = anna.locator('a[href^="/requests/"]').filter({ hasText: net });
	await b.open(anna, await link.first().getAttribute('href'));
	await says(anna, new RegExp(`A new customer ${day.word}`), 'what he wrote');
	await anna.fill('#answer', 'Welcome, keep it clean.');
	await b.press(anna, 'button.grant');
	is_in_dns(key, clear, 'granted');
	await b.open(visitor, ticket);
	await says(visitor, /taken off.*Welcome, keep it clean/, 'the visitor reads it');
	b.check(!/anna/.test(await visitor.innerText('main')), 'not who decided');
	await visitor.context().close();
}

async function log(anna, bert, day) {
	b.step('the log');
	await b.open(anna, '/log?by=bert');
	await says(anna, new RegExp(wide(day)), 'what bert did');
	const rows = await anna.locator('ol li').allInnerTexts();
	b.check(rows.length > 0 && rows.every((row) => /bert/.test(row)),
	    'and nobody else', rows.slice(0, 5));
	await b.open(anna, '/log');
	await anna.evaluate(() => {
		for (const d of document.querySelectorAll('details')) {
			d.open = true;
		}
	});
	await anna.fill('#f-key', `${day.net}.9`);
	await b.press(anna, 'form[action="/log"] button.main');
	await says(anna, /undo.*approve/, 'listing and undo of one address');
	await says(anna, /#\d+ took out/, 'which change was taken back');

	b.step('the way out');
	for (const page of [anna, bert]) {
		await b.press(page, 'form.logout button');
		await b.open(page, '/queue', 401);
	}
}

const one = async (day) => {
	console.log(`\n==== scripts ${day.js ? 'on' : 'off'}, ${day.width} px, ${
		day.dark ? 'dark' : 'light'}`);
	const anna = await b.window_of(day), bert = await b.window_of(day);
	await b.log_in(anna, 'anna');
	await b.log_in(bert, 'bert');
	write(`${b.folder}/mails-${day.word}`, day.net, day.word);
	b.ingest(`${b.folder}/mails-${day.word}`);
	const items = waiting(day.net);
	await b.open(anna, '/queue');
	await b.shot(anna, `day-${day.word}-queue`);
	await in_the_queue(anna, day, items);
	await b.shot(anna, `day-${day.word}-after`);
	if (day.js) {
		await no_keys(anna, day);
	}
	await bulk(anna, day, items);
	await with_others(anna, bert, day, items);
	await removal(anna, day);
	await two_people(anna, bert, day, items);
	await log(anna, bert, day);
	await anna.context().close();
	await bert.context().close();
};

// what the minute's tick of rbl-www has to see before it is due
for (const day of days) {
	b.ctl('add', 'ip', quiet(day), '--reason', 'ends soon', '--until', '2d');
}
for (const day of days) {
	await one(day);
}

b.step('due for review');
for (const day of days) {
	const anna = await b.window_of(day);
	await b.log_in(anna, 'anna');
	for (let i = 0; i < 90; i++) {
		await b.open(anna, '/review?kind=ends');
		if (!/ready in a minute/.test(await anna.innerText('main'))) {
			break;
		}
		await anna.waitForTimeout(1000);
	}
	const key = quiet(day), row = anna.locator('li.due').filter({ hasText: key });
	is_in_dns(key, listed, 'before the review');
	await b.sound(anna, 'review');
	await row.locator('input[name=reason]').fill('quiet for weeks');
	await Promise.all([
		anna.waitForNavigation(),
		row.locator('button[value=remove]').click(),
	]);
	is_in_dns(key, clear, 'reviewed');
	await b.open(anna, '/log');
	await says(anna, /Verified: nothing was changed or removed/, 'the chain of the log');
	await b.sound(anna, 'log');
	await anna.context().close();
}
await b.end('day');
