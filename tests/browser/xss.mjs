// xss.mjs - hostile mail, forms and addresses, looked at with a real browser:
// nothing runs, nothing is loaded, the policy has nothing to report.
import * as b from './lib.mjs';
import { payloads } from './hostile.mjs';

const items = Number(process.env.ITEMS);
const page = await b.window_of();

async function quiet(what) {
	const pwned = await page.evaluate('window.pwned');

	b.check(pwned === undefined, `nothing ran: ${what}`, pwned);
}

b.step('hostile mail: every item');
await b.log_in(page, 'anna');
for (let id = 1; id <= items; id++) {
	const answer = await page.goto(`${b.www}/queue/${id}`);

	if (answer.status() !== 200) {
		b.is(answer.status(), 200, `item ${id}`);
	}
	await quiet(`item ${id}`);
}

b.step('hostile mail: the queue, page by page');
for (let n = 1; n <= Math.ceil(items / 50) + 1; n++) {
	await page.goto(`${b.www}/queue?page=${n}`);
	await quiet(`queue page ${n}`);
}

b.step('hostile words in forms');
for (const [i, payload] of payloads.entries()) {
	// one browser cannot type NUL; a line feed ends a field
	const text = payload.replace(/[\0\r\n]/g, ' ').slice(0, 300);

	await page.goto(`${b.www}/lookup?q=${encodeURIComponent(text)}`);
	await quiet(`look-up of payload ${i}`);
	await page.goto(`${b.www}/entries?q=${encodeURIComponent(text)}`);
	await quiet(`entries, payload ${i}`);
	await page.goto(`${b.www}/queue?q=${encodeURIComponent(text)}`);
	await quiet(`queue filter, payload ${i}`);
	if (i % 4 === 0) {
		await page.goto(`${b.www}/queue/${i + 1}`);
		const reason = page.locator('form[action$="/decide"] input[name=reason]').first();

		if (await reason.count() > 0) {
			await reason.fill(text);
			await b.press(page, `form[action="/queue/${i + 1}/decide"] button[value=dismiss]`);
			await quiet(`reason, payload ${i}`);
		}
	}
}
for (const path of ['/log', '/queue?state=dismissed', '/stats', '/requests', '/review',
	'/submitters', '/entries']) {
	await page.goto(b.www + path);
	await quiet(path);
}
await b.end('xss');
