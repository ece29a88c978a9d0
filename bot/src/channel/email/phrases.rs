//! The words by which mail systems and absence notes are known, in the languages of their
//! programs.

/// Subjects of delivery failures, anywhere in the subject, in lower case.
const BOUNCES: [&str; 58] = [
    "undeliver",
    "delivery status notification",
    "delivery failure",
    "delivery has failed",
    "delivery failed",
    "delivery notification",
    "delivery report",
    "delivery problem",
    "delivery error",
    "delivery unsuccessful",
    "mail delivery",
    "returned mail",
    "returned to sender",
    "return to sender",
    "failure notice",
    "failed mail",
    "mail failure",
    "non delivery",
    "nondeliver",
    "non-deliver",
    "mail system error",
    "could not be delivered",
    "not delivered",
    "could not send",
    "message delayed",
    "delivery delayed",
    "mail status report",
    "user unknown",
    "unzustellbar",
    "nicht zugestellt",
    "zustellung fehlgeschlagen",
    "non remis",
    "échec de remise",
    "no entregado",
    "mancato recapito",
    "não entregue",
    "退信",
    "无法投递",
    "投递失败",
    "配信不能",
    "[bounce]",
    "no se puede entregar",
    "no se ha entregado",
    "impossibile recapitare",
    "recapito non riuscito",
    "não é possível entregar",
    "falha na entrega",
    "onbestelbaar",
    "kan inte levereras",
    "kan ikke leveres",
    "nie dostarczono",
    "не доставлен",
    "недоставлен",
    "doručení se nezdařilo",
    "无法送达",
    "未送达",
    "無法傳遞",
    "배달되지 않음",
];

/// Labels that programs put before the subject they answer, in lower case.
const LABELS: [&str; 37] = [
    "automatic reply",
    "auto reply",
    "auto-reply",
    "autoreply",
    "auto response",
    "auto-response",
    "autoresponse",
    "out of office",
    "out-of-office",
    "out of the office",
    "out of office autoreply",
    "out of office reply",
    "ooo",
    "vacation reply",
    "automatische antwort",
    "abwesenheitsnotiz",
    "abwesenheit",
    "abwesenheitsmeldung",
    "automatische abwesenheitsnotiz",
    "réponse automatique",
    "absence du bureau",
    "message d'absence",
    "respuesta automática",
    "fuera de la oficina",
    "fuera de oficina",
    "risposta automatica",
    "fuori ufficio",
    "resposta automática",
    "fora do escritório",
    "automatisch antwoord",
    "afwezig",
    "autosvar",
    "autoodpowiedź",
    "自动回复",
    "自動回覆",
    "自動返信",
    "自動応答",
];

/// Words that tell an absence where another sign tells a machine, in lower case.
const ABSENCES: [&str; 32] = [
    "out of office",
    "out of the office",
    "out-of-office",
    "away from",
    "on vacation",
    "vacation",
    "holiday",
    "on leave",
    "annual leave",
    "parental leave",
    "maternity leave",
    "i am away",
    "absence",
    "abwesen",
    "urlaub",
    "nicht im büro",
    "elternzeit",
    "absent",
    "congé",
    "vacances",
    "ausente",
    "vacaciones",
    "fuori sede",
    "ferie",
    "férias",
    "ausência",
    "afwezig",
    "不在办公室",
    "休假",
    "外出",
    "出差",
    "不在",
];

/// Words of absence in texts, in lower case.
const ABSENT_TEXTS: [&str; 24] = [
    "i'm away",
    "i am out of",
    "i'm out of",
    "will be back",
    "will be returning",
    "will return on",
    "limited access to",
    "no access to",
    "automated response",
    "automated reply",
    "automatically generated",
    "we have received your",
    "wieder erreichbar",
    "wieder im büro",
    "nicht erreichbar",
    "automatisch erstellt",
    "de retour",
    "de regreso",
    "di ritorno",
    "de volta",
    "已收到您的",
    "您的邮件已收到",
    "无法及时",
    "お休み",
];

/// Names under which only mail systems write, in lower case.
const MAIL_SYSTEMS: [&str; 9] = [
    "mailer-daemon",
    "mailerdaemon",
    "mail-daemon",
    "mail delivery subsystem",
    "mail delivery system",
    "mail delivery service",
    "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e",
    "mail administrator",
    "internet mail delivery",
];

/// Tells whether a subject is that of a delivery failure.
pub(super) fn tells_a_bounce(subject: &str) -> bool {
    let subject = subject.to_lowercase();
    BOUNCES.iter().any(|phrase| subject.contains(phrase))
}

/// Tells whether a subject is that of a provider's complaint about spam.
pub(super) fn tells_a_complaint(subject: &str) -> bool {
    let subject = subject.trim_start().to_lowercase();
    ["complaint about message from", "email feedback report", "abuse report"]
        .iter()
        .any(|s| subject.starts_with(s))
}

/// Returns the label with which the subject begins: `Automatic reply: your offer`. Words
/// that run on (`Out of office next week`) are no label.
pub(super) fn out_of_office_label(subject: &str) -> Option<&'static str> {
    let subject = subject.trim_start_matches(['[', '【', ' ']).to_lowercase();
    LABELS.into_iter().find(|label| {
        let rest = subject.strip_prefix(label).map(str::trim_start);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '：', ']', '】', '(', '（']))
    })
}

/// Returns the words of absence that the subject holds.
pub(super) fn out_of_office_phrase(subject: &str) -> Option<&'static str> {
    let subject = subject.to_lowercase();
    LABELS.into_iter().find(|label| subject.starts_with(label)).or_else(|| {
        let mut phrases = ABSENCES.into_iter();
        phrases.find(|phrase| subject.contains(phrase))
    })
}

/// Returns the words of absence with which a text begins.
pub(super) fn absence(text: &str) -> Option<&'static str> {
    let start = text[..text.floor_char_boundary(1_000)].to_lowercase();
    let said = ABSENCES.into_iter().chain(LABELS).chain(ABSENT_TEXTS);
    said.into_iter()
        .find(|phrase| phrase.chars().count() > 3 - usize::from(!phrase.is_ascii()) && start.contains(phrase))
}

/// Tells whether a name, in lower case, is that of a mail system.
pub(super) fn is_mail_system(name: &str) -> bool {
    MAIL_SYSTEMS.iter().any(|system| name.contains(system))
}

/// Tells whether the part of an address before the `@` says that nobody reads answers.
pub(super) fn is_no_reply(local: &str) -> bool {
    let letters: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    [
        "noreply",
        "donotreply",
        "dontreply",
        "nepasrepondre",
        "keineantwort",
        "nichtantworten",
        "noresponder",
        "naoresponda",
    ]
    .iter()
    .any(|name| letters.starts_with(name) || letters.ends_with(name))
}
