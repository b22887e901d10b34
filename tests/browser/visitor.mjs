// visitor.mjs - am I listed, why, how do I get out: what who comes from
// outside does, with and without scripts, narrow and wide; and who sends mail
// in with a token.
import { writeFileSync } from 'node:fs';
import * as b from './lib.mjs';
import { forwarded, mails } from './mails.mjs';

const visits = [
	{ n: 1, js: true, width: 1200 },
	{ n: 2, js: false, width: 375, dark: true },
];
const clear = 'NXDOMAIN', listed = 'NOERROR 127.0.0.2';
const in_dns = (ip) => b.dig(`${b.reversed(ip)}.bl.example.test`);

async function says(page, words, what) {
	const text = (await page.innerText('body')).replaceAll(/\s+/g, ' ');

	return b.check(words.test(text), `${what}: ${words}`, text.slice(0, 1200));
}

async function ask(page, words, status = 200) {
	await b.open(page, '/lookup');
	await page.fill('input[name=q]', words);
	const [answer] = await Promise.all([
		page.waitForNavigation(),
		page.click('form.ask button'),
	]);

	b.is(answer.status(), status, `look-up of ${words}`);
}

async function look_up(page, ip) {
	b.step('am I listed?');
	await ask(page, ip);
	await says(page, /Sent mail in bulk.*sells pills/, 'listed, and why');
	await b.sound(page, 'listed');
	await ask(page, `https://${ip}:25/x`);
	await says(page, /sells pills/, 'an address inside an URL');
	await ask(page, `${b.reversed(ip)}.bl.example.test`);
	await says(page, /sells pills/, 'a name of DNS');
	await ask(page, '203.0.118.250');
	await says(page, /not listed/i, 'not listed');
	await ask(page, 'two words', 400);
	await b.sound(page, 'nonsense');
	await b.open(page, '/');
	await says(page, /Is it listed\?.*bl\.example\.test/, 'the first page');
}

async function get_out(page, ip) {
	b.step('how do I get out?');
	b.is(in_dns(ip), listed, `${ip} before`);
	await ask(page, ip);
	await b.press(page, 'main a[href^="/delist?q="]');
	await says(page, /no questions asked/, 'what will happen');
	b.is(in_dns(ip), listed, `${ip}: a look changes nothing`);
	const ticket = await b.ask_removal(page, ip, 'The machine was cleaned.');
	b.is(in_dns(ip), clear, `${ip} after`);
	await says(page, new RegExp(`${ip} was taken off`), 'the ticket');
	await b.sound(page, 'the ticket');
	await ask(page, ip);
	await says(page, /its removal was asked for/, 'the look-up says so');
	b.step('and again: not at once');
	b.ctl('add', 'ip', ip, '--reason', 'again');
	await b.open(page, `/delist?q=${ip}`);
	await page.waitForTimeout(3500); /* a person reads the form */
	await b.press(page, 'form.request button.main');
	await says(page, /Too soon/, 'refused, with the time');
	b.is(in_dns(ip), listed, `${ip} the second time`);
	b.step('a network: a person looks');
	const net = `203.0.118.${Number(ip.split('.')[3]) * 16}/28`;
	b.ctl('add', 'ip', net, '--reason', 'all of it');
	const second = await b.ask_removal(page, net, 'It is clean now, really.');
	b.check(second !== ticket, 'another ticket');
	await says(page, /Waits for a moderator/, 'it waits');
	b.is(in_dns(net.replace(/\/.*/, '')), listed, 'until then it is listed');
	await b.open(page, '/removed');
	await b.open(page, `/delist/${'0'.repeat(32)}`, 404);
}

async function read(page) {
	b.step('what to read');
	await b.open(page, '/policy');
	await says(page, /What is listed.*Who decides/, 'the policy');
	await b.open(page, '/criteria');
	await says(page, /Sent mail in bulk that nobody had asked for/, 'the criteria');
	await b.open(page, '/contact');
	await says(page, /Postmasters of Example.*postmaster@bl\.example\.test/,
	    'who runs it, and how to reach them');
	for (const name of ['spamassassin', 'postfix', 'exim', 'sendmail', 'rspamd',
		'opensmtpd', 'qmail']) {
		await b.open(page, `/use/${name}`);
		await says(page, /bl\.example\.test/, `${name}: the zone of this list`);
	}
	await b.open(page, '/announcements');
	await says(page, /The list is open/, 'announcements');
	await b.open(page, '/status');
	for (const [path, words] of [['/.well-known/security.txt', /^Contact:/m],
		['/announcements.atom', /<feed/], ['/lookup.json?q=192.0.2.1', /^{/],
		['/status.json', /^{/], ['/robots.txt', /User-agent/i]]) {
		const answer = await page.request.get(b.www + path);

		b.check(answer.status() === 200 && words.test(await answer.text()), path);
	}
}

// What is counted comes with the tick of a minute.
async function numbers(page) {
	b.step('statistics');
	for (let i = 0; i < 90; i++) {
		await b.open(page, '/stats');
		if (await page.locator('main svg').count() > 0) {
			break;
		}
		await page.waitForTimeout(1000);
	}
	const bare = await page.evaluate(() => {
		const charts = [...document.querySelectorAll('main a.csv')]
			.map((e) => e.closest('section, figure, .card, .chart'));

		return charts.length === 0 ? 'no chart'
			: charts.find((e) => e.querySelector('svg') &&
			    !e.querySelector('table'))?.outerHTML;
	});
	b.check(bare === undefined, 'each chart has a table', bare);
	await b.sound(page, 'statistics');
	for (const link of await page.locator('a.csv').all()) {
		const path = await link.getAttribute('href');
		const file = await page.request.get(b.www + path);

		b.check(file.status() === 200 && /,/.test(await file.text()), path);
	}
}

async function in_greek(page) {
	b.step('in Greek and back');
	await b.open(page, '/policy');
	await b.press(page, 'a[href*="lang=el"]');
	b.is(await page.getAttribute('html', 'lang'), 'el', 'the page says that it is Greek');
	await b.press(page, 'a[href*="lang=en"]');
	b.is(await page.getAttribute('html', 'lang'), 'en', 'and English again');
}

async function send_in(page, n) {
	b.step('a report with a token');
	const name = `nikos${n}`;
	b.ctl('submitter', 'add', name, '--address', `${name}@example.test`);
	const token = /[a-z2-7]{26}/.exec(b.ctl('submitter', 'token', name))[0];
	const ip = `203.0.119.${n}`, file = `${b.folder}/report-${n}.eml`;
	writeFileSync(file, forwarded([ip, ...mails[0].slice(1)], n + 20));
	const send = async (secret) => {
		await b.open(page, '/submit');
		await page.fill('#secret', secret);
		await page.setInputFiles('#mail', file);
		const [answer] = await Promise.all([
			page.waitForNavigation(),
			page.click('form[action="/submit"] button.main'),
		]);

		return answer.status();
	};

	b.is(await send('a'.repeat(26)), 403, 'a token that is none');
	b.is(await send(token), 201, 'it is taken');
	await says(page, /in the queue as number/, 'and said');
	await says(page, new RegExp(ip.replaceAll('.', '\\.')), 'with the relay');
	await b.sound(page, 'handed in');
	b.check(b.ctl('queue', 'list').includes(ip), 'it waits');
	b.is(await send(token), 208, 'the very same again');
	await b.open(page, '/submit');
	await page.fill('#mine', token);
	await b.press(page, 'form[action="/submit/mine"] button');
	await says(page, /waiting/, 'what became of it');
	await b.sound(page, 'own reports');
}

for (const visit of visits) {
	const ip = `203.0.117.${visit.n}`, page = await b.window_of(visit);

	console.log(`\n==== scripts ${visit.js ? 'on' : 'off'}, ${visit.width} px`);
	b.ctl('add', 'ip', ip, '--reason', 'sells pills', '--criterion', 'bulk',
	    '--until', '30d');
	await look_up(page, ip);
	await b.open(page, `/lookup?q=${ip}`);
	await b.shot(page, `visitor-${visit.n}-lookup`);
	await get_out(page, ip);
	await read(page);
	await in_greek(page);
	await send_in(page, visit.n);
	await page.context().close();
}
for (const visit of visits) {
	const page = await b.window_of(visit);

	await numbers(page);
	await page.context().close();
}
await b.end('visitor');
