/* labels.c - the words by which mail programs introduce what they forward. */
#include "ingest/labels.h"

#define FROM INGEST_LABEL_FROM
#define SUBJECT INGEST_LABEL_SUBJECT
#define DATE INGEST_LABEL_DATE
#define TO INGEST_LABEL_TO
#define CC INGEST_LABEL_CC

/* Seen in Apple Mail, Gmail, HubSpot, Outlook (2013 to live), Thunderbird and
 * Yahoo; sorted by what they mean. */
static const struct {
	enum ingest_label label;
	const char *words; /* divided by "|" */
} table[] = {
	/* en de fr es pt it nl */
	{ FROM,
	    "From|Von|De|De la|Da|Van|Absender|Expéditeur|Remitente|"
	    "Remetente|Mittente|Afzender|Sender|De parte de" },
	/* da no sv fi is et lt lv */
	{ FROM,
	    "Fra|Från|Lähettäjä|Frá|Saatja|Nuo|No|Avsändare|Avsender|"
	    "Afsender|Sendandi|Kellelt" },
	/* cs sk pl hu ro hr sl sr sq */
	{ FROM,
	    "Od|Nadawca|Feladó|Expeditorul|Expeditor|Šalje|Pošiljatelj|"
	    "Odesílatel|Odosielateľ|Nga|Od koga|Pošiljalac|Küldő" },
	/* el ru uk bg mk */
	{ FROM,
	    "Από|Απο|ΑΠΟ|Αποστολέας|Отправитель|От|От кого|Від|Від кого|"
	    "Відправник|Подател|Од|Пошиљалац|Испраќач" },
	/* tr ja zh ko he ar fa id vi th eu ca */
	{ FROM,
	    "Kimden|Gönderen|送信元|差出人|送信者|发件人|寄件者|寄件人|"
	    "보낸 사람|보낸사람|מאת|من|از|Dari|Từ|จาก|Nork|Igorlea|Remitent" },
	{ SUBJECT,
	    "Subject|Betreff|Objet|Sujet|Asunto|Assunto|Oggetto|"
	    "Onderwerp|Assumpte|Gaia" },
	{ SUBJECT, "Emne|Ämne|Aihe|Efni|Teema|Tema|Tēma|Temats|Subjekt" },
	{ SUBJECT,
	    "Předmět|Predmet|Temat|Tytuł|Tárgy|Subiect|Subiectul|"
	    "Naslov|Zadeva|Subjekti|Titull" },
	{ SUBJECT, "Θέμα|Θεμα|ΘΕΜΑ|Тема|Тема листа|Относно|Наслов|Предмет" },
	{ SUBJECT,
	    "Konu|件名|主题|主旨|主題|제목|נושא|الموضوع|موضوع|Perihal|Subjek|"
	    "Chủ đề|Tiêu đề|เรื่อง|หัวเรื่อง" },
	{ DATE,
	    "Date|Sent|Datum|Gesendet|Zeit|Fecha|Enviado|Enviado el|"
	    "Enviada em|Enviada|Data|Inviato|Data invio|Envoyé|Envoyé le|"
	    "Verzonden|Data d'enviament|Enviat|Fecha de envío|"
	    "Data di invio|Date d'envoi|Data de envio|Bidalia" },
	{ DATE,
	    "Dato|Sendt|Skickat|Päivämäärä|Päiväys|Lähetetty|Dags|"
	    "Kuupäev|Saadetud|Išsiųsta|Nosūtīts|Datums|Dagsetning" },
	{ DATE,
	    "Odesláno|Odoslané|Wysłano|Dátum|Elküldve|Küldve|Dată|Trimis|"
	    "Data wysłania|Poslano|Poslato|Dërguar" },
	{ DATE,
	    "Ημερομηνία|Ημ/νία|Στάλθηκε|Εστάλη|Απεστάλη|Αποστολή|"
	    "Ημερομηνία αποστολής|Дата|Дата отправки|Испратено|"
	    "Отправлено|Отправлен|Відправлено|"
	    "Надіслано|Изпратено|Датум|Послато" },
	{ DATE,
	    "Tarih|Gönderilen|Gönderildi|Gönderilme Tarihi|"
	    "Gönderme Tarihi|تم الإرسال|ارسال شده|"
	    "日付|送信日時|日時|"
	    "日期|发送时间|寄件日期|傳送時間|날짜|보낸 날짜|תאריך|נשלח|التاريخ|"
	    "تاریخ|Dikirim|Tanggal|Ngày|Đã gửi|วันที่|ส่ง" },
	{ TO,
	    "To|An|À|A|Pour|Para|Aan|Destinatario|Destinatário|Destinataire|"
	    "Empfänger|Ontvanger|Per|Nori|Per a" },
	{ TO,
	    "Til|Till|Vastaanottaja|Kellele|Kam|Saaja|Mottaker|Modtager|"
	    "Adressaat" },
	{ TO,
	    "Komu|Do|Adresat|Címzett|Către|Destinatarul|Prima|Pre|Za|"
	    "Primatelj|Për|Prejemnik" },
	{ TO, "Προς|ΠΡΟΣ|Παραλήπτης|Кому|До|Получатель|Одержувач|За|Прима" },
	{ TO,
	    "Kime|Alıcı|宛先|送信先|收件人|收件者|받는 "
	    "사람|받는사람|אל|إلى|الى|"
	    "به|Kepada|Đến|Tới|ถึง" },
	{ CC,
	    "Cc|CC|Kopie|Kopie (CC)|Copie à|Copia|Cópia|Kopi|Kopia|Kopio|"
	    "Másolat|Másolatot kap|Dw|Kópia|Kopija|Копия|Копія|Bilgi|Κοιν.|"
	    "Κοινοποίηση|抄送|副本|참조" },
};

#define WORDS_MAX 512
#define LABEL_MAX 48 /* bytes */

/* The words of the table, one each, by length. */
static struct {
	const char *at;
	unsigned char len, label;
} words[WORDS_MAX];
static unsigned from_len[LABEL_MAX + 2]; /* first word of that length */

static void
prepare(void)
{
	unsigned n = 0;

	for (unsigned len = 0; len <= LABEL_MAX; len++) {
		from_len[len] = n;
		for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
			const char *word = table[i].words;
			size_t l;

			for (; l = strcspn(word, "|"), l > 0; word += l) {
				if (l == len && n < WORDS_MAX) {
					words[n].at = word;
					words[n].len = (unsigned char)l;
					words[n].label =
					    (unsigned char)table[i].label;
					n++;
				}
				l += word[l] == '|' ? 1 : 0;
			}
		}
	}
	from_len[LABEL_MAX + 1] = n;
}

/* Does S begin with WORD (LEN bytes)? ASCII letters in any case. */
static bool
begins(struct span s, const char *word, size_t len)
{
	if (s.len < len) {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		if (text_lower(s.at[i]) != text_lower(word[i])) {
			return false;
		}
	}
	return true;
}

static bool
bold(char c)
{
	return c == '*' || c == '_' || c == ' ' || c == '\t';
}

enum ingest_label
ingest_label_of(struct span line, struct span *ret_value)
{
	size_t from = 0, at, end, wide = 0;

	if (from_len[LABEL_MAX + 1] == 0) {
		prepare();
	}
	while (from < line.len && bold(line.at[from])) {
		from++;
	}
	for (at = from; at < line.len && at - from <= LABEL_MAX; at++) {
		/* or a colon as wide as a letter */
		if (line.at[at] == ':' ||
		    begins(
			span(line.at + at, line.len - at), "\xef\xbc\x9a", 3)) {
			wide = line.at[at] == ':' ? 1 : 3;
			break;
		}
	}
	if (wide == 0) {
		return INGEST_LABEL_NONE;
	}
	for (end = at; end > from && bold(line.at[end - 1]); end--) {
		;
	}
	if (end - from == 0 || end - from > LABEL_MAX) {
		return INGEST_LABEL_NONE;
	}
	for (unsigned i = from_len[end - from]; i < from_len[end - from + 1];
	     i++) {
		if (!begins(span(line.at + from, end - from), words[i].at,
			words[i].len)) {
			continue;
		}
		for (at += wide; at < line.len && bold(line.at[at]); at++) {
			;
		}
		*ret_value = span_trim(span(line.at + at, line.len - at));
		return (enum ingest_label)words[i].label;
	}
	return INGEST_LABEL_NONE;
}

bool
ingest_label_forward(struct span subject)
{
	static const char *const marks[] = { "fwd:", "fw:", "[fwd",
		"wg:", "tr:", "i:", "rv:", "enc:", "vs:", "vl:", "vb:", "vr:",
		"pd:", "ilt:", "i\xcc\x87lt:", "\xc4\xb0lt:", "doorst:",
		"redir.:", "videresend:", "továbbítás:", "tov:", "trs:", "bls:",
		"pt:", "πρθ:", "Πρθ:", "ΠΡΘ:", "προώθ:", "转发:", "轉寄:",
		"転送:", "rd:", "转发：",
		"הועבר:", "إعادة توجيه:", "fs:", "na:", "yml:" };

	subject = span_trim(subject);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (begins(subject, marks[i], strlen(marks[i]))) {
			return true;
		}
	}
	return false;
}
