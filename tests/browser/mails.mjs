// mails.mjs - forwarded spam for the moderator's day, as attachments.
import { mkdirSync, writeFileSync } from 'node:fs';

const word = (s) => `=?utf-8?B?${Buffer.from(s).toString('base64')}?=`;

// ip, name of the relay, From:, subject, text, what our server proved
export const mails = [
	['203.0.114.9', 'mail.bulk-sender.example', 'Offers <offers@bulk-sender.example>',
		'You have won number 1001', 'Dear friend,\r\nclaim it at http://bulk-sender.example/win?id=1001\r\n'],
	['203.0.114.10', 'out.cheap-pills.example', 'Pharmacy <sales@cheap-pills.example>',
		'70% off this week only', 'Visit https://cheap-pills.example/ now.'],
	['203.0.114.77', 'ppp-203-0-114-77.dynamic.isp.example', 'Offers <offers@bulk-sender.example>',
		'You have won number 1002', 'Dear friend, again.', 'pass'],
	['203.0.114.120', 'mx.konto-pruefung.example', 'Ihre Bank <service@konto-pruefung.example>',
		word('Ihr Konto wurde gesperrt – bitte prüfen'), 'https://konto-pruefung.example/login'],
	['203.0.114.121', 'relay.prosfores.example', `${word('Προσφορές Ημέρας')} <info@prosfores.example>`,
		word('Μόνο σήμερα: έκπτωση 50% σε όλα'), 'Δείτε τις προσφορές μας: http://prosfores.example/'],
	['203.0.114.122', 'relay2.prosfores.example', `${word('Προσφορές Ημέρας')} <info2@prosfores.example>`,
		word('Τελευταία ευκαιρία για εσάς'), 'Δείτε τις προσφορές μας: http://prosfores.example/b'],
	['203.0.114.123', 'smtp3.seminars.example', 'Seminars Europe <news@seminars.example>',
		'Seminar: how to double your sales', 'Register today.'],
	['203.0.114.124', 'smtp4.seminars.example', 'Seminars Europe <news@seminars.example>',
		'Seminar: how to triple your sales', 'Register today.'],
	['203.0.114.125', 'smtp5.seminars.example', 'Seminars Europe <news@seminars.example>',
		'Seminar: last seats', 'Register today.'],
	['2001:db8:77::25', 'v6.bulk-sender.example', 'Six <six@bulk-sender.example>',
		'Now over IPv6', 'Hello.'],
	['203.0.114.130', 'srv1.loans.example', 'Loans <loan@loans.example>',
		'Loan approved', 'Your loan is approved.'],
	['203.0.114.131', 'srv2.loans.example', 'Loans <loan2@loans.example>',
		'Loan approved again', 'Your loan is approved again.'],
];

// One of them as it is handed in.
export function forwarded([ip, name, from, subject, text, dkim], i) {
	const shown = ip.includes(':') ? `IPv6:${ip}` : ip;
	const domain = /@([^>]*)>/.exec(from)[1];
	const inner = [
		...(dkim ? [`Authentication-Results: mx.submitter.example.org; dkim=pass header.d=${domain}`] : []),
		`Received: from ${name} (${name} [${shown}])`,
		`\tby mx.submitter.example.org (Postfix) with ESMTP id 4ABC${i};`,
		`\tFri, 20 Nov 2026 0${i % 10}:30:02 +0000`,
		`Received: from workstation (unknown [192.0.2.77]) by ${name};`,
		`\tFri, 20 Nov 2026 0${i % 10}:30:00 +0000`,
		`From: ${from}`, 'To: somebody@submitter.example.org',
		`Subject: ${subject}`, `Date: Fri, 20 Nov 2026 0${i % 10}:29:58 +0000`,
		`Message-ID: <${i}.mail@${domain}>`, 'MIME-Version: 1.0',
		'Content-Type: text/plain; charset=utf-8',
		'Content-Transfer-Encoding: 8bit', '', text,
	];

	return [
		'From: postmaster@submitter.example.org', 'To: report@bl.example.test',
		'Subject: spam', 'MIME-Version: 1.0',
		'Content-Type: multipart/mixed; boundary=out', '', '--out',
		'Content-Type: text/plain', '', 'see attached', '--out',
		'Content-Type: message/rfc822', '', ...inner, '--out--', '',
	].join('\r\n');
}

// Into FOLDER, in order. NET and WORD make them differ from others'.
export function write(folder, net = '203.0.114', word = '') {
	mkdirSync(folder, { recursive: true });
	for (const [i, mail] of mails.entries()) {
		const other = mail.map((s) => s.replaceAll('203.0.114.', `${net}.`)
			.replace('2001:db8:77:', `2001:db8:${net.split('.')[2]}:`)
			.replaceAll(/([a-z-]+)\.example/g, `$1${word}.example`));

		writeFileSync(`${folder}/${String(i + 1).padStart(2, '0')}.eml`,
		    forwarded(other, i));
	}
}
