// lib.mjs - a real browser on the real pages: what the browser tests share.
//
// The shell that starts them (tests/flow/pages.sh) gives, by environment:
//   WWW      http://127.0.0.1:PORT      DNS     port of rbld on 127.0.0.1
//   MODULES  folder of tests/browser/get.sh
//   SHOTS    folder for screenshots     CHROME  program of the browser
//   PASSWORD of the people anna and bert (moderators), vera (viewer), adam
//            (administrator)
//   RBLCTL, INGEST  the programs        CONF    their configuration
//   T        a folder for files
//
// Every page of every test is watched: a script error, a message of the
// content security policy, a dialog, a request to another host is wrong
// wherever it happens.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';

const { MODULES, WWW, SHOTS, CHROME, PASSWORD, DNS, RBLCTL, INGEST, CONF } =
	process.env;
const { chromium } = await import(`${MODULES}/playwright-core/index.mjs`);
const axeSource = readFileSync(`${MODULES}/axe-core/axe.min.js`, 'utf8');

export const www = WWW;
export const password = PASSWORD;
export const folder = process.env.T;

let checks = 0;
let wrong = 0;

export function check(right, what, found) {
	checks++;
	if (!right) {
		wrong++;
		console.log(`  WRONG: ${what}`);
		if (found !== undefined) {
			console.log(`    found: ${JSON.stringify(found)}`.slice(0, 2000));
		}
	} else if (process.env.FLOW_SHOW) {
		console.log(`  ok: ${what}`);
	}
	return right;
}

export function is(found, want, what) {
	return check(found === want, `${what}: expected ${JSON.stringify(want)}`,
	    found);
}

export function step(text) {
	console.log(`\n${text}`);
}

export const browser = await chromium.launch({ executablePath: CHROME });

// Messages that a watched page gave and a test expects: regular expressions.
const noise = [/^Failed to load resource: the server responded with a status/];

// A context of one's own: { js, width, dark, lang }.
export async function window_of(options = {}) {
	const { js = true, width = 1200, dark = false, lang = 'en' } = options;
	const context = await browser.newContext({
		viewport: { width, height: 800 },
		javaScriptEnabled: js,
		colorScheme: dark ? 'dark' : 'light',
		locale: lang,
		reducedMotion: 'reduce',
	});
	context.setDefaultTimeout(15000);
	const page = await context.newPage();

	watch(page);
	page.plain = !js;
	return page;
}

export function watch(page) {
	page.complaints = [];
	const complain = (text) => {
		page.complaints.push(text);
		check(false, `nothing unexpected on ${page.url()}`, text);
	};

	page.on('console', (m) => {
		if ((m.type() === 'error' || m.type() === 'warning') &&
		    !noise.some((x) => x.test(m.text()))) {
			complain(`console: ${m.text()}`);
		}
	});
	page.on('pageerror', (e) => complain(`error: ${e.message}`));
	page.on('dialog', (d) => {
		complain(`dialog: ${d.message()}`);
		void d.dismiss();
	});
	page.on('request', (r) => {
		if (!r.url().startsWith(`${WWW}/`) && !r.url().startsWith('data:')) {
			complain(`request: ${r.url()}`);
		}
	});
}

export async function open(page, path, status = 200) {
	const answer = await page.goto(WWW + path);

	is(answer.status(), status, `GET ${path}`);
	return answer;
}

export async function log_in(page, name) {
	await open(page, '/login');
	await page.fill('input[name=user]', name);
	await page.fill('input[name=password]', PASSWORD);
	await Promise.all([
		page.waitForNavigation(),
		page.click('form[action="/login"] button'),
	]);
	check(!page.url().endsWith('/login'), `${name} is logged in`, page.url());
}

// Ask for KEY to be removed, as a visitor does; the address of the ticket. A
// form that comes back at once is a program's: the page says so, then waits.
export async function ask_removal(page, key, reason) {
	await open(page, `/delist?q=${encodeURIComponent(key)}`);
	await page.fill('form.request textarea', reason);
	for (let i = 0; i < 20; i++) {
		const [answer] = await Promise.all([
			page.waitForNavigation(),
			page.click('form.request button.main'),
		]);
		if (answer.status() !== 403) {
			break;
		}
		const wait = Number(answer.headers()['retry-after'] ?? 1);

		await page.goBack();
		await page.waitForTimeout(wait * 1000);
		await page.fill('form.request textarea', reason);
	}
	check(/\/delist\/[0-9a-f]{32}$/.test(page.url()),
	    `${key}: the request has a ticket`, page.url());
	return page.url().slice(WWW.length);
}

// A command of rblctl; what it printed.
export function ctl(...words) {
	const [command, ...rest] = words;

	return execFileSync(RBLCTL, ['-c', CONF, command, ...rest],
	    { encoding: 'utf8' });
}

// Everything in FOLDER was forwarded by the submitter.
export function ingest(from) {
	execFileSync(INGEST, ['-c', CONF, '--submitter',
		'postmaster@submitter.example.org', ...readdirSync(from)
			.sort().map((name) => `${from}/${name}`)],
	{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

// JOBS, some at a time: each gets a page out of PAGES of its own.
export async function side_by_side(pages, jobs, work) {
	const waiting = [...jobs];

	await Promise.all(pages.map(async (page) => {
		for (let job = waiting.shift(); job !== undefined;
			job = waiting.shift()) {
			await work(page, job);
		}
	}));
}

// Until WHAT, a function, is true in the page. Playwright's own way to wait
// makes code of a text, which the pages' policy forbids.
export async function until(page, what, given) {
	for (let i = 0; i < 400; i++) {
		if (await page.evaluate(what, given)) {
			return;
		}
		await page.waitForTimeout(25);
	}
	check(false, `in time on ${page.url()}: ${what}`);
}

// Press what leads to another page.
export async function press(page, selector) {
	await Promise.all([page.waitForNavigation(), page.click(selector)]);
}

// axe finds nothing, and nothing is wider than the window.
export async function sound(page, what) {
	if (page.plain) {
		return; /* axe waits for timers, and they never ring */
	}
	await page.evaluate(axeSource);
	const found = await page.evaluate(async () => {
		const result = await axe.run(document, {
			runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa',
				'wcag22aa', 'best-practice'],
		});

		return result.violations.map((v) => [v.id,
			v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160))]);
	});
	check(found.length === 0, `axe: ${what}`, found);
	const over = await page.evaluate(() => {
		const wide = document.documentElement.clientWidth;
		const out = (e) => {
			for (let p = e; p; p = p.parentElement) {
				const o = getComputedStyle(p).overflowX;

				if (p !== document.documentElement &&
				    p !== document.body && o !== 'visible') {
					return false;
				}
			}
			return e.getBoundingClientRect().right > wide + 1;
		};

		return document.documentElement.scrollWidth > wide + 1
			? [...document.querySelectorAll('body *')].filter(out)
				.slice(0, 3).map((e) => e.outerHTML.slice(0, 160))
			: [];
	});
	check(over.length === 0, `fits its window: ${what}`, over);
}

export async function shot(page, name) {
	mkdirSync(SHOTS, { recursive: true });
	await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
}

// "NOERROR 127.0.0.2", "NXDOMAIN"
export function dig(name, type = 'A') {
	const text = execFileSync('dig', ['@127.0.0.1', '-p', DNS, '+norecurse',
		'+tries=1', '+timeout=10', '+noall', '+comments', '+answer', name,
		type], { encoding: 'utf8' });
	const code = /status: ([A-Z]+)/.exec(text)?.[1] ?? 'no answer';
	const data = [...text.matchAll(/^[^;\s]\S*\s+\d+\s+IN\s+\S+\s+(.*)$/gm)];

	return [code, ...data.map((m) => m[1])].join(' ');
}

export function reversed(ip) {
	return ip.split('.').reverse().join('.');
}

export async function end(name) {
	await browser.close();
	console.log(`${name}: ${checks} checks, ${wrong} wrong`);
	process.exit(wrong > 0 || checks === 0 ? 1 : 0);
}

// A test that throws is wrong, not silent.
process.on('unhandledRejection', (e) => {
	console.log(`  WRONG: ${e?.stack ?? e}`);
	process.exit(1);
});
