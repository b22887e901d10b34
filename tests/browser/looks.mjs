// looks.mjs - every page that www/route.c knows, empty and with something on
// it, narrow and wide, light and dark, in both languages: axe finds nothing,
// nothing is cut off, nothing complains; and the same without scripts.
import * as b from './lib.mjs';
import { write } from './mails.mjs';

const programs = ['spamassassin', 'postfix', 'exim', 'sendmail', 'rspamd',
	'opensmtpd', 'qmail'].map((name) => `/use/${name}`);
const everybody = ['/', '/lookup', '/delist', '/removed', '/policy', '/criteria',
	'/contact', '/use', ...programs, '/stats', '/submit', '/status', '/api',
	'/announcements', '/login', '/no-such-page',
	'/lookup?q=nonsense%20words', '/lookup?q=203.0.114.250'];
const asked = ['/lookup?q=203.0.115.9', '/lookup?q=203.0.116.77',
	'/lookup?q=offers%40bulk-sender.example', '/lookup?q=192.0.2.1',
	'/delist?q=203.0.115.9', '/delist?q=203.0.116.77',
	'/delist?q=203.0.115.77'];
const people = ['/queue', '/requests', '/entries', '/review', '/log',
	'/submitters', '/account', '/account/codes'];
const filled = ['/queue?q=seminars', '/queue?q=no-such-thing', '/queue?group=sender',
	'/queue?state=listed', '/queue?state=dismissed',
	'/queue?sort=reports', '/queue/bulk?i1=1', '/queue/1', '/queue/3', '/queue/5', '/queue/10', '/queue/11',
	'/queue/next', '/queue/done?done=11', '/requests/1', '/requests/2',
	'/entries?q=203.0.115.9', '/entries?q=203.0.116.0%2F24',
	'/entries?q=nonsense%20words', '/entry/1', '/review?kind=ends', '/review?kind=quiet',
	'/log/1', '/log?q=bert', '/log?q=no-such-thing',
	'/submitter?name=postmaster', '/submitter?name=nobody'];
const wide = { name: 'wide', width: 1200 };
const windows = [
	wide,
	{ name: 'narrow-dark', width: 375, dark: true },
	{ name: 'greek', width: 360, lang: 'el' },
];
const status_of = (path) => path === '/no-such-page' ||
	path === '/submitter?name=nobody' ? 404
	: path.endsWith('nonsense%20words') ? 400 : 200;
const name_of = (path) => path === '/' ? 'home'
	: path.slice(1).replace(/[^a-z0-9]+/gi, '-');

// PATHS as WHO sees them, in one kind of window; a few tabs at a time.
async function tour(who, paths, options, what) {
	const first = await b.window_of(options);

	if (who !== 'visitor') {
		await b.log_in(first, who);
	}
	const pages = [first];
	for (let i = 0; i < 2; i++) {
		pages.push(await first.context().newPage());
		b.watch(pages.at(-1));
	}
	b.step(`${what}, ${who}, ${options.name}`);
	await b.side_by_side(pages, paths, async (page, path) => {
		await b.open(page, path, status_of(path));
		await b.sound(page, `${path}, ${what}, ${who}, ${options.name}`);
		await b.shot(page, `looks/${options.name}-${who}-${what}-${name_of(path)}`);
	});
	await first.context().close();
}

b.step('nothing there yet');
await tour('visitor', everybody, wide, 'empty');
await tour('anna', people, wide, 'empty');
await tour('anna', people, windows[1], 'empty');

b.step('something there');
b.ctl('submitter', 'add', 'postmaster', '--address',
    'postmaster@submitter.example.org');
write(`${b.folder}/mails`);
b.ingest(`${b.folder}/mails`);
b.ctl('add', 'ip', '203.0.115.9', '--reason', 'sells pills', '--criterion',
    'bulk', '--until', '3d');
b.ctl('add', 'ip', '203.0.115.77', '--reason', 'hijacked', '--until', 'never');
b.ctl('add', 'ip', '203.0.116.0/24', '--reason', 'all of it');
b.ctl('add', 'address', 'offers@bulk-sender.example', '--until', '30d');
b.ctl('exempt', 'ip', '203.0.116.200', '--reason', 'a good one');
b.ctl('queue', 'approve', '11', '--reason', 'seen often');
b.ctl('queue', 'dismiss', '12', '--reason', 'not spam');
const visitor = await b.window_of({ js: false });
const tickets = [];
for (const key of ['203.0.115.9', '203.0.116.77']) {
	tickets.push(await b.ask_removal(visitor, key, 'The machine was cleaned.'));
}
b.ctl('request', 'ask', '2', '--answer', 'Which customer was it?');
b.ctl('add', 'ip', '203.0.115.9', '--reason', 'again', '--until', '3d');
await visitor.context().close();
const anna = await b.window_of();
await b.log_in(anna, 'anna');
await b.open(anna, '/queue/1');
await anna.fill('#note', 'Seen at two other sites.');
await b.press(anna, 'form[action="/queue/1/note"] button');
await b.open(anna, '/queue');
await anna.click('#item-3 .more form button');
await anna.waitForLoadState();
await anna.context().close();

for (const options of windows) {
	await tour('visitor', [...everybody, ...asked, ...tickets], options, 'full');
	await tour('anna', [...people, ...filled], options, 'full');
	await tour('adam', ['/users'], options, 'full');
	await tour('vera', ['/queue', '/queue/1', '/requests/2', '/review'], options, 'full');
}

b.step('without scripts');
const plain = await b.window_of({ js: false });
for (const path of [...everybody, ...asked]) {
	await b.open(plain, path, status_of(path));
}
await b.log_in(plain, 'anna');
for (const path of [...people, ...filled]) {
	await b.open(plain, path, status_of(path));
}

b.step('the stylesheet');
const style = await (await plain.request.get(`${b.www}/style.css`)).text();
const bare = style.replace(/\/\*[^]*?\*\//g, '').replace(/"[^"]*"/g, '');
let depth = 0;
for (const [i, line] of bare.split('\n').entries()) {
	b.check(depth === 0 || /^(\s|}|$)/.test(line),
	    `style.css, near line ${i + 1}: a block is closed`, line);
	depth += line.split('{').length - line.split('}').length;
}
b.is(depth, 0, 'style.css: blocks left open');
await b.end('looks');
