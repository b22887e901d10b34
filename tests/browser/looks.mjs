// looks.mjs - every page, narrow and wide, light and dark, in both languages,
// with and without scripts: axe finds nothing, nothing is cut off.
import * as b from './lib.mjs';

const everybody = ['/', '/lookup', '/lookup?q=203.0.114.9', '/lookup?q=203.0.114.250',
	'/lookup?q=nonsense%20words', '/delist', '/delist?q=203.0.114.9', '/removed',
	'/policy', '/use', '/use/spamassassin', '/use/postfix', '/use/exim',
	'/use/sendmail', '/use/rspamd', '/use/opensmtpd', '/use/qmail', '/stats',
	'/submit', '/status', '/api', '/announcements', '/login', '/no-such-page'];
const people = ['/queue', '/queue?q=seminars', '/queue?q=no-such-thing',
	'/queue?state=listed', '/queue?state=dismissed', '/queue/1', '/queue/3',
	'/queue/5', '/requests', '/entries', '/entries?q=203.0.114.0/24', '/entry/1', '/review',
	'/log', '/log?q=bert', '/submitters', '/account'];
const admins = ['/users'];
const windows = [
	{ name: 'wide', width: 1200 },
	{ name: 'wide-dark', width: 1200, dark: true },
	{ name: 'narrow', width: 375, dark: true },
	{ name: 'narrow-greek', width: 360, lang: 'el' },
	{ name: 'greek', width: 1000, lang: 'el' },
];
const expected = { '/lookup?q=nonsense%20words': 400, '/no-such-page': 404 };
const name_of = (path) => path === '/' ? 'home'
	: path.slice(1).replace(/[^a-z0-9]+/gi, '-');

async function tour(who, paths) {
	for (const options of windows) {
		const page = await b.window_of(options);

		if (who !== 'visitor') {
			await b.log_in(page, who);
		}
		b.step(`${who}, ${options.name}`);
		for (const path of paths) {
			await b.open(page, path, expected[path] ?? 200);
			await b.sound(page, `${path}, ${who}, ${options.name}`);
			await b.shot(page, `${who}-${options.name}-${name_of(path)}`);
		}
		await page.context().close();
	}
}

await tour('visitor', everybody);
await tour('anna', people);
await tour('adam', admins);
await tour('vera', ['/queue', '/queue/1']);

b.step('without scripts');
const plain = await b.window_of({ js: false });
for (const path of everybody) {
	await b.open(plain, path, expected[path] ?? 200);
}
await b.log_in(plain, 'anna');
for (const path of people) {
	await b.open(plain, path);
}
await b.end('looks');
