//! How mail programs mark what is not the writer's own: one question a function, each looking
//! at a few lines only, so that all of them together stay linear in the text.

/// Lines that an attribution may be broken into.
const ATTRIBUTION_LINES_MAX: usize = 4;

/// Lines, blank ones included, within which the fields of a quoted header stand.
const HEADER_LINES_MAX: usize = 14;

/// Of a longer line only this many bytes are looked at.
const LINE_BYTES_MAX: usize = 300;

/// Words with which attributions begin, in lower case, with their blank.
const OPENERS: [&str; 16] = [
    "on ",
    "at ",
    "am ",
    "le ",
    "el ",
    "il ",
    "em ",
    "op ",
    "den ",
    "dnia ",
    "il giorno ",
    "vào ",
    "在",
    "于",
    "於",
    "w dniu ",
];

/// Verbs of attributions, in lower case.
const VERBS: [&str; 22] = [
    "wrote",
    "writes",
    "schrieb",
    "a écrit",
    "escribió",
    "escribio",
    "ha scritto",
    "scrisse",
    "escreveu",
    "schreef",
    "skrev",
    "napisał",
    "kirjoitti",
    "yazdı",
    "пишет",
    "писал",
    "написал",
    "写道",
    "寫道",
    "写到",
    "书きました",
    "書きました",
];

/// Labels of the author's line in a quoted header, in lower case.
const FROM_LABELS: [&str; 14] = [
    "from",
    "von",
    "de",
    "da",
    "van",
    "från",
    "fra",
    "od",
    "от",
    "发件人",
    "發件人",
    "寄件者",
    "寄件人",
    "差出人",
];

/// Labels of its other lines, in lower case.
const OTHER_LABELS: [&str; 64] = [
    "sent",
    "date",
    "to",
    "cc",
    "subject",
    "reply-to",
    "importance",
    "attachments",
    "gesendet",
    "datum",
    "an",
    "betreff",
    "kopie",
    "envoyé",
    "date d'envoi",
    "à",
    "objet",
    "enviado",
    "enviado el",
    "fecha",
    "para",
    "asunto",
    "inviato",
    "data",
    "a",
    "oggetto",
    "enviada em",
    "assunto",
    "verzonden",
    "aan",
    "onderwerp",
    "skickat",
    "till",
    "ämne",
    "sendt",
    "til",
    "emne",
    "wysłano",
    "do",
    "temat",
    "отправлено",
    "дата",
    "кому",
    "тема",
    "发送时间",
    "發送時間",
    "发送日期",
    "時間",
    "时间",
    "日期",
    "收件人",
    "收件者",
    "抄送",
    "副本",
    "主题",
    "主題",
    "主旨",
    "标题",
    "送信日時",
    "日時",
    "宛先",
    "件名",
    "传送日期",
    "寄件日期",
];

/// Words between the dashes above a quoted mail, in lower case.
const ORIGINALS: [&str; 20] = [
    "original message",
    "original appointment",
    "replied message",
    "reply message",
    "ursprüngliche nachricht",
    "originalnachricht",
    "message d'origine",
    "message original",
    "mensaje original",
    "messaggio originale",
    "mensagem original",
    "oorspronkelijk bericht",
    "ursprungligt meddelande",
    "原始邮件",
    "原始郵件",
    "原邮件",
    "邮件原件",
    "回复的原邮件",
    "元のメッセージ",
    "original email",
];

/// Words above a mail that is passed on, in lower case.
const FORWARDS: [&str; 19] = [
    "forwarded message",
    "begin forwarded message",
    "forwarded by",
    "weitergeleitete nachricht",
    "anfang der weitergeleiteten nachricht",
    "message transféré",
    "début du message transféré",
    "mensaje reenviado",
    "messaggio inoltrato",
    "mensagem encaminhada",
    "doorgestuurd bericht",
    "转发的邮件",
    "转发邮件",
    "转发的消息",
    "轉寄郵件",
    "轉寄的郵件",
    "转发邮件信息",
    "転送メッセージ",
    "forwarded mail",
];

/// Starts of the lines that devices and apps add, in lower case.
const DEVICES: [&str; 38] = [
    "sent from my ",
    "sent from a ",
    "sent from the ",
    "sent from mail for",
    "sent from outlook",
    "sent from yahoo",
    "sent from samsung",
    "sent from proton",
    "sent from gmail",
    "sent via ",
    "sent using ",
    "sent with ",
    "get outlook for ",
    "von meinem ",
    "gesendet von ",
    "gesendet mit ",
    "diese nachricht wurde von meinem",
    "envoyé de mon ",
    "envoyé depuis ",
    "envoyé à partir de",
    "télécharger outlook",
    "enviado desde ",
    "enviado do ",
    "enviado de ",
    "obtener outlook",
    "inviato da",
    "verzonden vanaf ",
    "verstuurd vanaf ",
    "skickat från",
    "发自我的",
    "發自我的",
    "发送自",
    "来自我的",
    "从我的",
    "從我的",
    "以我的",
    "獲取 outlook",
    "获取 outlook",
];

/// Starts of legal notes, in lower case.
const DISCLAIMERS: [&str; 34] = [
    "confidentiality notice",
    "confidentiality note",
    "confidential:",
    "disclaimer",
    "legal notice",
    "privileged and confidential",
    "this e-mail and any",
    "this email and any",
    "this e-mail, and any",
    "this email, and any",
    "this e-mail message",
    "this email message",
    "this e-mail is confidential",
    "this email is confidential",
    "this e-mail may contain",
    "this email may contain",
    "this message and any",
    "this message contains confidential",
    "this message is intended",
    "this message may contain",
    "this communication",
    "this transmission",
    "the information contained in this",
    "the information in this e",
    "the contents of this e",
    "please consider the environment",
    "diese e-mail enthält",
    "der inhalt dieser e-mail",
    "ce message et",
    "este mensaje",
    "questo messaggio",
    "本邮件及",
    "保密声明",
    "免责声明",
];

/// An introduction of quoted text such as `On 1 March Ann wrote:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attribution {
    /// How many lines it takes.
    pub n_lines: usize,
    /// Whether it is one even where no quote marks follow.
    pub is_certain: bool,
}

/// Tells whether a line is quoted.
pub(super) fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with(['>', '＞'])
}

/// Reads an attribution at the first of `lines`.
pub(super) fn attribution(lines: &[&str]) -> Option<Attribution> {
    let first = start_of(lines.first()?).trim_start();
    let ends_here = ends_in_colon(first);
    let head = first[..first.floor_char_boundary(12)].to_lowercase();
    let is_opened =
        OPENERS.iter().any(|o| head.starts_with(o)) || head.starts_with(|c: char| c.is_ascii_digit());
    if !is_opened && !ends_here {
        return None;
    }
    let mut text = String::new();
    for (n, line) in lines.iter().take(if is_opened { ATTRIBUTION_LINES_MAX } else { 1 }).enumerate() {
        let line = start_of(line).trim();
        if line.is_empty() {
            return None;
        }
        if n > 0 {
            text.push(' ');
        }
        text.push_str(line);
        let last_verb = line.ends_with("写道") || line.ends_with("寫道");
        if !ends_in_colon(line) && !last_verb {
            continue;
        }
        let lower = text.to_lowercase();
        let has_verb = VERBS.iter().any(|verb| lower.contains(verb));
        let has_address = lower.contains('@') && lower.contains('>');
        let has_date = lower.contains(|c: char| c.is_ascii_digit());
        if has_verb && (has_date || has_address || !is_opened) || has_address && has_date && is_opened {
            let is_certain = is_opened && (has_address || has_clock_or_year(&lower));
            return Some(Attribution { n_lines: n + 1, is_certain });
        }
        return None;
    }
    None
}

/// Tells whether a quoted header begins at the first of `lines`: an author's line and two
/// more fields soon after.
pub(super) fn is_header_block(lines: &[&str]) -> bool {
    let Some(first) = lines.first().and_then(|line| label(line)) else { return false };
    if !FROM_LABELS.contains(&first.as_str()) {
        return false;
    }
    let fields = lines[1..].iter().take(HEADER_LINES_MAX).filter(|line| !line.trim().is_empty());
    fields.take(6).filter_map(|line| label(line)).filter(|l| OTHER_LABELS.contains(&l.as_str())).count() >= 2
}

/// Returns the label of a header's line in lower case: `*From:* Ann`, `发件人： Ann`, `| 主题 | x |`.
fn label(line: &str) -> Option<String> {
    let line = start_of(line).trim_start_matches(['*', ' ', '|', '\t', '\u{a0}', '-', '_', '>']);
    let end = line.find([':', '：', '|'])?;
    let label = line[..end].trim_matches(['*', ' ', '\u{a0}', '\u{3000}']);
    // The longest label has twelve letters.
    (!label.is_empty() && label.len() <= 40)
        .then(|| label.replace([' ', '\u{3000}'], if label.is_ascii() { " " } else { "" }).to_lowercase())
}

/// Tells whether a line stands above a quoted mail: `-----Original Message-----`, or the long
/// rule of Outlook.
pub(super) fn is_original_mark(line: &str) -> bool {
    let line = start_of(line).trim();
    if line.len() >= 25 && line.bytes().all(|b| b == b'_') {
        return true;
    }
    is_between_dashes(line, &ORIGINALS)
}

/// Tells whether a line stands above a mail that is passed on.
pub(super) fn is_forward_mark(line: &str) -> bool {
    let line = start_of(line).trim();
    if is_between_dashes(line, &FORWARDS) {
        return true;
    }
    let has_colon = ends_in_colon(line);
    has_colon && FORWARDS.contains(&line.trim_end_matches([':', '：', ' ']).to_lowercase().as_str())
}

fn is_between_dashes(line: &str, phrases: &[&str]) -> bool {
    if !line.starts_with("--")
        && !line.starts_with("__")
        && !line.starts_with("==")
        && !line.starts_with("——")
    {
        return false;
    }
    let inner = line.trim_matches(['-', '_', '=', '—', ' ', '*', ':']).to_lowercase();
    phrases.iter().any(|phrase| inner.starts_with(phrase) && inner.len() <= phrase.len() + 60)
}

/// Tells whether a line is the mark above a signature.
pub(super) fn is_signature_mark(line: &str) -> bool {
    matches!(line.trim_end(), "--" | "—" | "--\u{a0}")
}

/// Tells whether a device or app added the line: `Sent from my iPhone`. A sentence that
/// begins like that is none.
pub(super) fn is_device_line(line: &str) -> bool {
    let line = line.trim().trim_matches(['*', '_', '[', ']', '<', '>']);
    if line.len() > 120 || line.is_empty() {
        return false;
    }
    let lower = line.to_lowercase();
    let says_so = DEVICES.iter().any(|start| lower.starts_with(start))
        || lower.ends_with("から送信")
        || lower.ends_with("gesendet");
    // A name has no comma and no end of a sentence, unless it is a link's.
    let name = lower.split(['(', '<', '[']).next().unwrap_or_default();
    let is_sentence = name.trim_end_matches(['.', '。']).contains([',', ';', '!', '?', '，', '。']);
    says_so && !is_sentence && (name.split_whitespace().count() <= 9)
}

/// Tells whether a legal note begins with the line.
pub(super) fn is_disclaimer(line: &str) -> bool {
    let line = start_of(line).trim_start_matches(['*', '_', '-', '=', '[', '(', '"', ' ', '\t']);
    let start = &line[..line.floor_char_boundary(60)].to_lowercase();
    DISCLAIMERS.iter().any(|phrase| start.starts_with(phrase))
}

/// Tells whether a line only separates.
pub(super) fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 3 && line.chars().all(|c| matches!(c, '-' | '_' | '=' | '*' | '—' | '─' | '~'))
}

fn ends_in_colon(line: &str) -> bool {
    line.trim_end_matches(['*', ' ']).ends_with([':', '：'])
}

/// Tells whether a text holds a time of day or a year.
fn has_clock_or_year(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    (0..bytes.len()).any(|at| {
        let is_clock =
            bytes[at] == b':' && at > 0 && is_digit(at - 1) && is_digit(at + 1) && is_digit(at + 2);
        let is_year = matches!(&bytes[at..], [b'1', b'9', ..] | [b'2', b'0', ..])
            && is_digit(at + 2)
            && is_digit(at + 3);
        is_clock || is_year
    })
}

/// Cuts a long line at a character.
fn start_of(line: &str) -> &str {
    &line[..line.floor_char_boundary(LINE_BYTES_MAX)]
}
