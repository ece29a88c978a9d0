//! The questions. Whoever answers is a function, so that a file can do it as well as a terminal.

use std::io::{self, Write};

use rapport_model::reading::Language;
use rapport_prompts::Prompts;

use super::answers::{Answers, Backup, Mailbox, Server, Typed};
use super::checks;

/// Whether what is typed may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Echo {
    Seen,
    Hidden,
}

/// Reads an answer; nothing where there are no more.
pub(super) type Read<'a> = &'a mut dyn FnMut(Echo) -> io::Result<Option<String>>;

/// Whom is asked, and in which words.
pub(super) struct Asking<'a> {
    prompts: &'a Prompts,
    language: Language,
    read: Read<'a>,
    out: &'a mut dyn Write,
}

/// Why there is no answer.
enum Stop {
    /// There are no more.
    End,
    Failed(io::Error),
}

impl From<io::Error> for Stop {
    fn from(e: io::Error) -> Self {
        Self::Failed(e)
    }
}

impl<'a> Asking<'a> {
    pub(super) fn new(
        prompts: &'a Prompts,
        language: Language,
        read: Read<'a>,
        out: &'a mut dyn Write,
    ) -> Self {
        Self { prompts, language, read, out }
    }

    /// Asks everything; `usual` is what stands where nothing is answered. Returns nothing where the
    /// answers end too early.
    pub(super) fn all(&mut self, usual: Answers) -> io::Result<Option<Answers>> {
        match self.answers(usual) {
            Ok(answers) => Ok(Some(answers)),
            Err(Stop::End) => Ok(None),
            Err(Stop::Failed(e)) => Err(e),
        }
    }

    fn answers(&mut self, usual: Answers) -> Result<Answers, Stop> {
        let (p, l) = (self.prompts, self.language);
        let lang = self.one(p.init_ask_lang(l), Some(&usual.lang), |answer| {
            checks::lang(answer).ok_or_else(|| p.init_wrong_lang(l, answer))
        })?;
        let house = self.one(p.init_ask_house(l), None, |answer| {
            if answer.is_empty() { Err(p.init_wrong_empty(l)) } else { Ok(answer.to_owned()) }
        })?;
        let (addresses, domains) = self.one(p.init_ask_own(l), None, |answer| {
            checks::own(answer).map_err(|part| p.init_wrong_own(l, part))
        })?;
        let timezone = self.one(p.init_ask_zone(l), Some(&usual.timezone), |answer| {
            checks::zone(answer).ok_or_else(|| p.init_wrong_zone(l, answer))
        })?;
        let currency = self.one(p.init_ask_currency(l), Some(&usual.currency), |answer| {
            checks::currency(answer).ok_or_else(|| p.init_wrong_currency(l, answer))
        })?;
        let handle = self.one(p.init_ask_handle(l), Some(&usual.handle), |answer| {
            checks::handle(answer).ok_or_else(|| p.init_wrong_handle(l, answer))
        })?;
        let name = self.one(p.init_ask_name(l), None, |answer| Ok(answer.to_owned()))?;
        let wrong_address = |answer: &str| p.init_wrong_address(l, answer);
        let address = self.maybe(p.init_ask_address(l), |answer| {
            let address = checks::address(answer).ok_or_else(|| wrong_address(answer))?;
            Ok(address.as_str().to_owned())
        })?;
        let mailbox = self.mailbox()?;
        let telegram = self.secret(p.init_ask_telegram(l), |answer| {
            checks::telegram(answer).then_some(()).ok_or_else(|| p.init_wrong_telegram(l))
        })?;
        let discord = self.secret(p.init_ask_discord(l), |answer| {
            checks::discord(answer).then_some(()).ok_or_else(|| p.init_wrong_discord(l))
        })?;
        let public_url = self.maybe(p.init_ask_url(l), |answer| {
            checks::url(answer).ok_or_else(|| p.init_wrong_url(l, answer))
        })?;
        let backup = self.backup()?;
        Ok(Answers {
            lang,
            timezone,
            currency,
            house,
            addresses,
            domains,
            handle,
            name,
            address,
            mailbox,
            telegram,
            discord,
            public_url,
            backup,
        })
    }

    fn mailbox(&mut self) -> Result<Option<Mailbox>, Stop> {
        let (p, l) = (self.prompts, self.language);
        let address = self.maybe(p.init_ask_mailbox(l), |answer| {
            checks::address(answer).ok_or_else(|| p.init_wrong_address(l, answer))
        })?;
        let Some(address) = address else { return Ok(None) };
        let [imap, smtp] = Server::usual(address.domain());
        let server = |answer: &str| checks::server(answer).ok_or_else(|| p.init_wrong_host(l, answer));
        let imap = self.one(p.init_ask_imap(l), Some(&imap), server)?;
        let smtp = self.one(p.init_ask_smtp(l), Some(&smtp), server)?;
        let login = self.one(p.init_ask_login(l), Some(address.as_str()), |answer| Ok(answer.to_owned()))?;
        if Server::wants_oauth(&imap.host) {
            writeln!(self.out, "{}", p.init_oauth(l))?;
        }
        let password = self.secret(p.init_ask_password(l), |_| Ok(()))?;
        Ok(Some(Mailbox { address, imap, smtp, login, password }))
    }

    fn backup(&mut self) -> Result<Option<Backup>, Stop> {
        let (p, l) = (self.prompts, self.language);
        let to = self.maybe(p.init_ask_backup(l), |answer| {
            checks::backup(answer).ok_or_else(|| p.init_wrong_backup(l, answer))
        })?;
        let Some(to) = to else { return Ok(None) };
        let recipient = self.maybe(p.init_ask_recipient(l), |answer| {
            checks::recipient(answer).ok_or_else(|| p.init_wrong_recipient(l, answer))
        })?;
        Ok(Some(Backup { to, recipient }))
    }

    /// Asks until the answer will do; an empty one is the usual one.
    fn one<T>(
        &mut self,
        question: String,
        usual: Option<&str>,
        check: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Stop> {
        self.put(&question, usual, Echo::Seen, |answer| {
            check(if answer.is_empty() { usual.unwrap_or_default() } else { answer })
        })
    }

    /// Asks for what may be left out.
    fn maybe<T>(
        &mut self,
        question: String,
        check: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Stop> {
        self.put(&question, None, Echo::Seen, |answer| {
            if answer.is_empty() { Ok(None) } else { check(answer).map(Some) }
        })
    }

    /// Asks for a secret, which may be left out and is not shown.
    fn secret(
        &mut self,
        question: String,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<Option<Typed>, Stop> {
        self.put(&question, None, Echo::Hidden, |answer| {
            if answer.is_empty() { Ok(None) } else { check(answer).map(|()| Some(Typed(answer.to_owned()))) }
        })
    }

    fn put<T>(
        &mut self,
        question: &str,
        usual: Option<&str>,
        echo: Echo,
        check: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Stop> {
        let question = self.prompts.init_question(self.language, question, usual);
        loop {
            write!(self.out, "{question} ")?;
            self.out.flush()?;
            let Some(line) = (self.read)(echo)? else {
                writeln!(self.out)?;
                return Err(Stop::End);
            };
            let line = line.trim_end_matches(['\r', '\n']);
            // A password may begin or end with a blank.
            let answer = if echo == Echo::Hidden { line } else { line.trim() };
            let said = if checks::words(answer) {
                check(answer)
            } else {
                Err(self.prompts.init_wrong_words(self.language, checks::ANSWER_CHARS_MAX))
            };
            match said {
                Ok(answer) => return Ok(answer),
                Err(why) => writeln!(self.out, "{why}")?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers line by line; returns what was understood and all that was said.
    fn answer(language: Language, lines: &str) -> (Option<Answers>, String) {
        let (prompts, mut out, mut lines) = (Prompts::new(), Vec::new(), lines.lines());
        let mut read = |_| Ok(lines.next().map(str::to_owned));
        let usual = Answers::usual(language, |_| Some("Asia/Shanghai".into()));
        let all = Asking::new(&prompts, language, &mut read, &mut out).all(usual).unwrap();
        (all, String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_wrong_answer_is_asked_again_and_a_secret_is_never_repeated() {
        let lines = "de\n\n\nBrightwater\nno one\nours.example\nBerlin\n\n€\n\nmia tan\nmia\nMia\nnobody\n\n\
                     support@ours.example\nsmtp.x:25\n\n\n\n p w \nmy-token\n\n\nhttp://crm.example\n\n\
                     s3://b\n/mnt/b\nssh-rsa\n\n";
        let (answers, said) = answer(Language::En, lines);
        let answers = answers.unwrap();
        assert_eq!((answers.lang.as_str(), answers.timezone.as_str()), ("en", "Asia/Shanghai"));
        assert_eq!((answers.handle.as_str(), answers.currency.as_str()), ("mia", "EUR"));
        let mailbox = answers.mailbox.unwrap();
        assert_eq!(mailbox.imap.host, "imap.ours.example");
        assert!(mailbox.password == Some(Typed(" p w ".into())));
        assert!(answers.telegram.is_none() && answers.backup.unwrap().recipient.is_none());
        for wrong in [
            "“de” is not",
            "must stand here",
            "“no” is neither",
            "“Berlin”",
            "“€”",
            "“mia tan”",
            "“nobody” is not an",
            "“smtp.x:25”",
            "no token",
            "“http://crm.example”",
            "“s3://b”",
            "“ssh-rsa”",
        ] {
            assert!(said.contains(wrong), "{wrong}: {said}");
        }
        assert!(!said.contains("my-token") && !said.contains("p w"), "{said}");
    }

    #[test]
    fn answers_that_end_too_early_are_none() {
        for lines in ["", "zh\n净水之家\n", "zh\n净水之家\n\n\n\n\n\n\nsupport@ours.example\n"] {
            assert!(answer(Language::Zh, lines).0.is_none(), "{lines}");
        }
    }
}
