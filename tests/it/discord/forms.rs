//! Buttons that ask for words open forms.

use rapport_model::Kind;
use rapport_model::message::ChannelKind;
use rapport_model::time::MINUTE;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use super::{LEO, MIA, Office};
use crate::support::Where::{Direct, Hidden};
use crate::support::{Fault, Form, Mail, Shown, Where};

/// How a press is answered at first where no form opens.
const DEFERRED: u64 = 6;

impl Office {
    async fn form(&self, account: i64, at: Where, card: &Shown, label: &str) -> Form {
        let press = self.api.presses(account, at, card, label);
        self.api.opens(&press).await
    }

    fn has_sent(&self, words: &str) -> bool {
        self.app.outgoing().iter().any(|mail| mail.contains(words))
    }

    async fn notes(&self) -> Vec<String> {
        let all = self.app.all(Kind::Note).await;
        all.iter().map(|note| note.text("body").to_owned()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_written_in_a_form_seen_and_sent() {
    let office = Office::open().await;
    for (at, words) in [(Direct(MIA), "We come at four."), (Hidden(MIA), "Yes")] {
        let card = match at {
            Hidden(_) => office.commands(MIA, "show", "C1", "Petra Novak").await,
            _ => office.says(MIA, "show C1", "Petra Novak").await,
        };
        let form = office.form(MIA, at, &card, "Reply").await;
        assert_eq!((form.title.as_str(), form.words.as_str()), ("What shall I answer C1 Petra Novak?", ""));
        let before = office.api.shown(at).len();
        let sent_off = office.api.submits(&form, words);
        let draft = office.sees_after(at, before, "Draft to C1 Petra Novak").await;
        assert!(draft.says(words), "{draft:?}");
        assert_eq!(office.api.acknowledges(&sent_off).await, DEFERRED);
        office.api.presses(MIA, at, &draft, "Send");
        office.api.sees(at, "leaves at").await;
        office.app.advance(MINUTE).await;
        assert!(office.has_sent(&format!("\n{words}\r\n")), "{:?}", office.app.outgoing());
    }
    let asked = |shown: &Shown| shown.says("What shall I answer");
    assert!(!office.api.shown(Direct(MIA)).iter().any(asked));
    // A form has a way out of its own, so that “No” is an answer here.
    let card = office.says(MIA, "show C1", "Petra Novak").await;
    let form = office.form(MIA, Direct(MIA), &card, "Reply").await;
    let before = office.api.shown(Direct(MIA)).len();
    office.api.submits(&form, "No");
    let draft = office.sees_after(Direct(MIA), before, "Draft to C1 Petra Novak").await;
    assert!(draft.says("No\n"), "{draft:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_tickets_and_their_titles_are_of_each_record_and_language() {
    let office = Office::open().await;
    let card = office.says(MIA, "show T1", "Pump broken").await;
    let form = office.form(MIA, Direct(MIA), &card, "Note").await;
    assert_eq!((&*form.title, &*form.label), ("What shall I note for T1 Pump broken?", "Your note"));
    office.api.submits(&form, "/help is on the way\nat four");
    office.api.sees(Direct(MIA), "Noted for T1").await;
    assert_eq!(office.notes().await, ["/help is on the way\nat four"], "what is written commands nothing");

    let card = office.says(LEO, "查看 C1", "Petra Novak").await;
    let form = office.form(LEO, Direct(LEO), &card, "回复").await;
    assert_eq!((&*form.title, &*form.label), ("要回复C1 Petra Novak什么？", "回复内容（发送前会先给您看）"));
    let form = office.form(LEO, Direct(LEO), &card, "新建工单").await;
    assert_eq!((&*form.title, &*form.label), ("C1 Petra Novak 遇到了什么问题？", "简单说明问题"));
    office.api.submits(&form, "第二台水泵漏水");
    office.api.sees(Direct(LEO), "第二台水泵漏水").await;
    assert_eq!(office.app.all(Kind::Ticket).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_longer_than_a_title_is_cut() {
    let office = Office::open().await;
    for (n, name) in ["王😀".repeat(40), "Wolfgang Amadeus von und zu ".repeat(4)].iter().enumerate() {
        let mail = Mail::from(&format!("\"{name}\" <w{n}@example.net>")).id(&format!("w{n}"));
        office.app.receives(mail.says("Filter", "Please send me a filter.")).await;
        let card = office.says(MIA, &format!("show C{}", n + 2), "w").await;
        let form = office.form(MIA, Direct(MIA), &card, "Reply").await;
        assert!(form.title.starts_with("What shall I answer C") && form.title.ends_with('…'), "{form:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_written_anew_from_its_own_words_and_in_its_place() {
    let office = Office::open().await;
    let draft = office.says(MIA, "reply T1 We come at four.", "Draft to C1 Petra Novak").await;
    let form = office.form(MIA, Direct(MIA), &draft, "Write anew").await;
    assert_eq!((&*form.title, &*form.words), ("What shall I answer C1 Petra Novak?", "We come at four."));
    office.api.submits(&form, &format!("{}\nOr at five.", form.words));
    let anew = office.api.sees(Direct(MIA), "Or at five.").await;
    assert_eq!((anew.id, anew.edits), (draft.id, 1));
    // What a form does not hold is not cut.
    let long = "We come at four. ".repeat(300);
    let draft = office.says(MIA, &format!("reply T1 {long}"), "Draft to C1 Petra Novak").await;
    let buttons = office.api.shown(Direct(MIA)).into_iter().rfind(|shown| shown.says("Write anew"));
    let form = office.form(MIA, Direct(MIA), &buttons.unwrap_or(draft), "Write anew").await;
    assert_eq!(form.words, "");
    // A draft that is gone is written no more, and the words are not lost.
    office.says(MIA, "reply act:discard", "nothing").await;
    office.api.submits(&form, "We come at six.");
    let gone = office.api.sees(Direct(MIA), "There is no draft").await;
    assert!(gone.says("We come at six."), "{gone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_closed_does_nothing_and_the_button_goes_on_working() {
    let office = Office::open().await;
    let card = office.says(MIA, "show C1", "Petra Novak").await;
    office.form(MIA, Direct(MIA), &card, "Note").await;
    // The question waits in no chat: what is typed is a command.
    office.says(MIA, "show T1", "Pump broken").await;
    assert!(office.notes().await.is_empty());
    let form = office.form(MIA, Direct(MIA), &card, "Note").await;
    office.api.submits(&form, "likes tea");
    office.api.sees(Direct(MIA), "Noted for C1").await;
    assert_eq!(office.notes().await, ["likes tea"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_button_opens_nothing_and_their_form_does_nothing() {
    let office = Office::open().await;
    let card = office.says(MIA, "show C1", "Petra Novak").await;
    let press = office.api.presses(LEO, Direct(MIA), &card, "Note");
    assert_eq!(office.api.acknowledges(&press).await, DEFERRED);
    office.api.sees(Direct(LEO), "给别人").await;
    let mut form = office.form(MIA, Direct(MIA), &card, "Note").await;
    form.account = LEO;
    office.api.submits(&form, "forged");
    let twice = |all: &[Shown]| all.iter().filter(|shown| shown.says("给别人")).count() == 2;
    office.api.until(Direct(LEO), "is told so again", twice).await;
    assert!(office.notes().await.is_empty());
    // Whose account it is not any more.
    office.app.app.store().unbind(ChannelKind::Discord, office.app.user("mia").id).await.unwrap();
    let press = office.api.presses(MIA, Direct(MIA), &card, "Note");
    assert_eq!(office.api.acknowledges(&press).await, DEFERRED);
    office.api.sees(Direct(MIA), "I do not know you").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_press_and_the_same_words_twice_count_once() {
    let office = Office::open().await;
    let card = office.says(MIA, "show C1", "Petra Novak").await;
    let press = office.api.presses(MIA, Direct(MIA), &card, "Note");
    let form = office.api.opens(&press).await;
    office.api.repeats("INTERACTION_CREATE", press);
    let sent_off = office.api.submits(&form, "likes tea");
    office.api.sees(Direct(MIA), "Noted for C1").await;
    office.api.repeats("INTERACTION_CREATE", sent_off);
    office.says(MIA, "show T1", "Pump broken").await;
    assert_eq!(office.notes().await, ["likes tea"]);
    let asked = |shown: &Shown| shown.says("What shall I note");
    assert!(!office.api.shown(Direct(MIA)).iter().any(asked));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_does_not_open_is_a_question_in_the_chat() {
    let office = Office::open().await;
    for (fault, words) in [(Fault::Gateway, "likes tea"), (Fault::TooMany(1), "likes cake")] {
        let card = office.says(MIA, "show C1", "Petra Novak").await;
        office.api.fails("callback", fault);
        let before = office.api.shown(Direct(MIA)).len();
        let press = office.api.presses(MIA, Direct(MIA), &card, "Note");
        office.sees_after(Direct(MIA), before, "What shall I note for C1").await;
        assert_eq!(office.api.acknowledges(&press).await, DEFERRED);
        office.says(MIA, words, "Noted for C1").await;
    }
    assert_eq!(office.notes().await, ["likes tea", "likes cake"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_perhaps_opened_and_a_question_are_answered_once() {
    let office = Office::open().await;
    let card = office.says(MIA, "show C1", "Petra Novak").await;
    office.api.fails("callback", Fault::TakenAndDropped);
    let press = office.api.presses(MIA, Direct(MIA), &card, "Note");
    office.api.sees(Direct(MIA), "What shall I note for C1").await;
    let form = office.api.opens(&press).await;
    office.api.submits(&form, "likes tea");
    office.api.sees(Direct(MIA), "Noted for C1").await;
    // The question is answered: what is typed is a command again.
    office.says(MIA, "show T1", "Pump broken").await;
    assert_eq!(office.notes().await, ["likes tea"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_is_late_the_chat_is_asked() {
    let office = Office::open().await;
    let card = office.says(MIA, "show C1", "Petra Novak").await;
    let database = office.app.app.store().dir().join("rapport.db");
    let mut other = SqliteConnectOptions::new().filename(database).connect().await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let n_beats = office.api.sessions().2;
    office.api.presses(MIA, Direct(MIA), &card, "Note");
    // The connection lives meanwhile, and tells the time.
    office.api.until_told_that_we_are_there(n_beats + 4).await;
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    office.api.sees(Direct(MIA), "What shall I note for C1").await;
    office.says(MIA, "likes tea", "Noted for C1").await;
    // Once it is quick again there is a form.
    office.form(MIA, Direct(MIA), &card, "Note").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_outlives_the_service() {
    let mut office = Office::open().await;
    let card = office.says(MIA, "show C1", "Petra Novak").await;
    let form = office.form(MIA, Direct(MIA), &card, "Note").await;
    office.ends().await;
    office.api.submits(&form, "likes tea");
    office.serves();
    office.api.sees(Direct(MIA), "Noted for C1").await;
    assert_eq!(office.notes().await, ["likes tea"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_written_asks_in_the_chat() {
    let office = Office::open().await;
    let card = office.says(MIA, "show C1", "Petra Novak").await;
    let form = office.form(MIA, Direct(MIA), &card, "Note").await;
    office.api.submits(&form, " \n ");
    office.api.sees(Direct(MIA), "What shall I note for C1").await;
    office.says(MIA, "likes tea", "Noted for C1").await;
}
