// xss.mjs - hostile mail, words in forms and addresses, looked at with a real
// browser: nothing runs, nothing is loaded, the policy has nothing to report.
import { writeFileSync, mkdirSync } from 'node:fs';
import * as b from './lib.mjs';
import { fields, mail, payloads } from './hostile.mjs';

const first = await b.window_of();
await b.log_in(first, 'anna');
const pages = [first];
for (let i = 0; i < 3; i++) {
	pages.push(await first.context().newPage());
	b.watch(pages.at(-1));
}
// one browser cannot type NUL; a line feed ends a field
const typed = payloads.map((p) => p.replace(/[\0\r\n]/g, ' ').slice(0, 300));

async function quiet(page, what) {
	const pwned = await page.evaluate('window.pwned');

	b.check(pwned === undefined, `nothing ran: ${what}`, pwned);
}

async function look(page, path, status) {
	const answer = await page.goto(b.www + path, { waitUntil: 'load' });

	b.check(status === undefined ? answer.status() < 500
		: answer.status() === status, `GET ${path}: ${status ?? 'answered'}`,
	answer.status());
	await quiet(page, path);
}

b.step('hostile mail');
const folder = `${b.folder}/hostile`;
let items = 0;
mkdirSync(folder, { recursive: true });
// every other payload in each field, the others in the next; all with XSS_ALL
for (const [f, field] of Object.keys(fields).entries()) {
	for (const [p, payload] of payloads.entries()) {
		if (!process.env.XSS_ALL && (f + p) % 2 > 0 && p > 2) {
			continue;
		}
		items++;
		writeFileSync(`${folder}/${String(items).padStart(4, '0')}-${field}.eml`,
			mail(items, field, payload));
	}
}
b.ingest(folder);
items = b.ctl('queue', 'list', '--json').split('\n').filter(Boolean).length;
b.check(items >= 800, 'at least 800 items', items);

b.step('every item');
await b.side_by_side(pages, Array.from({ length: items }, (_, i) => `/queue/${i + 1}`)
	.slice(0, Number(process.env.XSS_ITEMS ?? items)),
	(page, path) => look(page, path, 200));

b.step('the queue, page by page, and in groups');
const lists = [];
for (let n = 1; n <= Math.ceil(items / 50); n++) {
	lists.push(`/queue?page=${n}`);
}
for (const group of ['relay', 'network', 'sender', 'campaign', 'submitter']) {
	lists.push(`/queue?group=${group}`, `/queue?group=${group}&page=2`);
}
await b.side_by_side(pages, lists, (page, path) => look(page, path));

b.step('hostile words in addresses');
await b.side_by_side(pages, typed.flatMap((text) => ['/lookup?q=', '/delist?q=', '/entries?q=',
	'/queue?q=', '/log?q=', '/log?key=', '/submitter?name=', '/no-such/']
	.map((path) => path + encodeURIComponent(text))),
(page, path) => look(page, path));

b.step('hostile words in forms');
b.ctl('submitter', 'add', 'known', '--address', 'known@submitter.example.org');
const jobs = typed.map((text, i) => ({ text, id: i + 1 }));
for (const { text, id } of jobs) {
	// the command line takes no control characters
	b.ctl('add', 'ip', `203.0.115.${id}`, '--reason',
	    text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' '));
}
await b.side_by_side(pages, jobs, async (page, { text, id }) => {
	const ip = `203.0.115.${id}`;

	await look(page, `/queue/${id}`, 200);
	await page.fill('#note', text);
	await b.press(page, `form[action="/queue/${id}/note"] button`);
	await quiet(page, `note ${id}`);
	await page.fill('form.decide textarea[name=reason]', text);
	await b.press(page, 'form.decide button.dismiss');
	await quiet(page, `reason ${id}`);
	await look(page, `/lookup?q=${ip}`, 200);
	await look(page, `/entries?q=${ip}`, 200);
	await look(page, `/log?key=${ip}`);
});
b.step('requests for removal');
await b.side_by_side(pages, jobs.filter(({ id }) => id % 3 === 0),
	async (page, { text, id }) => {
		await look(page, await b.ask_removal(page, `203.0.115.${id}`, text), 200);
	});
await b.side_by_side(pages, jobs.filter(({ id }) => id * 3 <= jobs.length),
	(page, { id }) => look(page, `/requests/${id}`, 200));
b.step('where it all comes together');
await b.side_by_side(pages, ['/log', '/log?page=2', '/queue?state=dismissed',
	'/queue?state=dismissed&page=2', '/queue?state=listed', '/stats', '/requests',
	'/requests?state=closed', '/review', '/submitters', '/submitter?name=known',
	'/entries', '/removed', '/account', '/status', '/announcements'],
(page, path) => look(page, path));
await b.end('xss');
