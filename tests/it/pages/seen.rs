//! The pages of the real program as a customer sees them on a telephone and on a desk, and does what they
//! are for. With a directory in `RAPPORT_TEST_SCREENSHOTS`, what was seen is kept there.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rapport::http::links::{Link, RatingLink};
use rapport_model::{Id, Kind, ManualClock, Timestamp};
use rapport_storage::records::Filter;
use rapport_storage::{Access, Store};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Chromium, Look, Mail, Program, Running};

/// When the customers wrote, when they were answered, and when they had been silent for long.
const WRITTEN: &str = "2026-03-04T08:00:00Z";
const ANSWERED: &str = "2026-03-04T09:00:00Z";
const NOW: &str = "2026-03-09T09:00:00Z";
/// When they were asked for a rating. The clock of the program stands before that, so that it gives no id twice.
const ASKED: &str = "2026-03-09T09:01:00Z";

const BASE: &str = "https://crm.brightwater.example";
const CONFIG: &str = r#"
timezone = "Europe/Berlin"
http = { listen = "127.0.0.1:0", public_url = "https://crm.brightwater.example" }
house = { name = "Brightwater Filters", addresses = ["support@brightwater.example"], domains = ["brightwater.example"] }
users = [{ handle = "mia", name = "Mia Tan", role = "rep", address = "mia@brightwater.example" }]

[form.contact]
title = { en = "Write to us", zh = "联系我们" }
consent = "news"
min_seconds = 0
fields = [
    { name = "name", kind = "name" },
    { name = "email", kind = "email", required = true },
    { name = "phone", kind = "phone" },
    { name = "message", kind = "text", required = true },
    { name = "city", kind = "line", label = { en = "Town", zh = "城市" } } ]
"#;

/// Low: what a telephone shows of a page beside its own bars.
const TELEPHONE: (u32, u32) = (390, 664);
const DESK: (u32, u32) = (1200, 800);
/// What a thumb can hit, in CSS pixels.
const BUTTON_MIN: f64 = 44.0;

/// What a customer reads, in their language.
struct Words {
    language: &'static str,
    unsubscribe: &'static str,
    unsubscribed: &'static str,
    rating: &'static str,
    rated: &'static str,
    preferences: &'static str,
    saved: &'static str,
    comment: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    unsubscribe: "No more automatic mail?",
    unsubscribed: "You are unsubscribed",
    rating: "How did we do?",
    rated: "Thank you!",
    preferences: "Your mails",
    saved: "Your choice is saved.",
    comment: "Quick, but the parcel was wet.",
};
const CHINESE: Words = Words {
    language: "zh",
    unsubscribe: "不再接收自动邮件？",
    unsubscribed: "您已退订",
    rating: "您对我们的服务满意吗？",
    rated: "谢谢您！",
    preferences: "邮件设置",
    saved: "您的选择已保存。",
    comment: "很快，但包裹湿了。",
};

/// The program with two customers who were answered and fell silent.
struct House {
    running: Running,
    place: String,
    /// To look into.
    store: Store,
    dir: TempDir,
}

impl House {
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let program = Program::on(&dir.path().join("data"));
        fs::create_dir(&program.data).unwrap();
        fs::write(program.data.join("rapport.toml"), CONFIG).unwrap();
        let (ben, wang) = ("Ben Li <ben@hotel.example>", "王丽 <wangli@chenguang.example>");
        let ask =
            Mail::from(ben).id("q1").says("Price", "What would 20 filters cost us? Please send a quote.");
        let enquiry = Mail::from(wang).id("q2").says("询价", "您好，请问六台净水器的价格是多少？请报价。");
        let mia = || Mail::from("Mia Tan <mia@brightwater.example>");
        let answer = mia()
            .to(ben)
            .id("a1")
            .answers("q1")
            .says("Re: Price", "They cost 1,900 EUR. Shall I reserve them?");
        let offer = mia()
            .to(wang)
            .id("a2")
            .answers("q2")
            .says("Re: 询价", "您好，六台一共 12,000 元。需要为您预留吗？");
        for (at, mails) in [(WRITTEN, [ask, enquiry]), (ANSWERED, [answer, offer])] {
            let time = Timestamp::parse(at).unwrap();
            for (n, mail) in mails.iter().enumerate() {
                let file = dir.path().join(format!("{n}.eml"));
                fs::write(&file, mail.bytes(time)).unwrap();
                program.json(&["--now", at, "--json", "ingest", file.to_str().unwrap()]);
            }
            program.json(&["--now", at, "--json", "run", "--once"]);
        }
        program.json(&["--now", NOW, "--json", "run", "--once"]);
        let running = Running::start(&program, &["--now", NOW, "--json", "run"]);
        let ready: Value = serde_json::from_str(&running.ready).unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::parse(ASKED).unwrap()));
        let store = Store::open(&program.data, Access::Read, clock).await.unwrap();
        Self { running, place: ready["http"].as_str().unwrap().to_owned(), store, dir }
    }

    /// The path of the link in the mail that asked a customer once more.
    fn link_in_mail(&self, to: &str) -> String {
        let mails = fs::read_dir(self.dir.path().join("data/outgoing")).unwrap();
        let mut mails = mails.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
        let mail = mails.find(|mail| mail.contains(&format!("<{to}>"))).expect("they were asked once more");
        let (_, rest) = mail.split_once(&format!("List-Unsubscribe: <{BASE}")).unwrap();
        rest.split_once('>').unwrap().0.to_owned()
    }

    async fn customer(&self, language: &str) -> Id {
        let all = self.store.list(Kind::Customer, &Filter::default()).await.unwrap();
        all.iter().find(|customer| customer.text("language") == language).unwrap().record.id
    }

    /// No rule asks for a rating yet; this is the link that one would write.
    fn rating_link(&self, customer: Id) -> String {
        Link::Rating(RatingLink { customer, rating: self.store.new_id(), about: None }).path(&self.store)
    }

    /// All that customers have said: purposes with their states, and ratings.
    async fn said(&self, customer: Id) -> (Vec<(String, String)>, Vec<(Option<i64>, String)>) {
        let of = || Filter { equal: vec![("customer", customer.into())], ..Filter::default() };
        let mut consents: Vec<_> = self.store.list(Kind::Consent, &of()).await.unwrap();
        consents.sort_by_key(|consent| consent.record.id);
        let ratings = self.store.list(Kind::Rating, &of()).await.unwrap();
        let text = |record: &rapport_model::Record, field| record.text(field).to_owned();
        (
            consents.iter().map(|c| (text(c, "purpose"), text(c, "state"))).collect(),
            ratings.iter().map(|r| (r.get("score").int(), text(r, "comment"))).collect(),
        )
    }
}

/// A customer at their browser.
struct Customer<'a> {
    browser: Chromium,
    house: &'a House,
    words: &'a Words,
}

impl Customer<'_> {
    /// Opens a page in each size and colour, and finds nothing wrong with it.
    fn looks_at(&mut self, path: &str, title: &str, name: &str) {
        for (width, height) in [DESK, TELEPHONE] {
            for dark in [true, false] {
                self.browser.looks(Look { width, height, dark });
                self.browser.opens(&format!("http://{}{path}", self.house.place));
                self.sees(title, &format!("{name}.{width}.{}", if dark { "dark" } else { "light" }));
            }
        }
    }

    /// Finds a page in order, as it stands there now, and its button without scrolling.
    fn sees(&mut self, title: &str, name: &str) {
        let button = self.reads(title, name);
        if !button.is_null() {
            let of = |n: usize| button[n].as_f64().unwrap();
            assert!(of(1) >= 0.0 && of(2) >= 0.0, "{name}: the button must be scrolled to: {button}");
        }
    }

    /// Finds a page in order, which may be longer than the window; returns what [`Self::button`] does.
    fn reads(&mut self, title: &str, name: &str) -> Value {
        let name = format!("{}.{name}", self.words.language);
        if let Ok(dir) = std::env::var("RAPPORT_TEST_SCREENSHOTS") {
            self.browser.shoots(&Path::new(&dir).join(format!("{name}.png")));
        }
        assert_eq!(self.browser.complaints(), Vec::<String>::new(), "{name}");
        assert_eq!(self.browser.finds("document.querySelector('h1').textContent"), title, "{name}");
        assert_eq!(self.browser.finds("document.documentElement.lang.slice(0, 2)"), self.words.language);
        let overhang = "document.scrollingElement.scrollWidth - window.innerWidth";
        assert!(self.browser.finds(overhang).as_i64().unwrap() <= 0, "{name} scrolls sideways");
        let button = self.button();
        if !button.is_null() {
            assert!(button[0].as_f64().unwrap() >= BUTTON_MIN, "{name}: the button is low: {button}");
        }
        button
    }

    /// Returns how high the first button is, how far it is from the top and the bottom of the window, in CSS
    /// pixels; that nothing lies over it is found here.
    fn button(&mut self) -> Value {
        let find = "(() => { const e = document.querySelector('button'); if (!e) return null; \
                    const r = e.getBoundingClientRect(), seen = r.top >= 0 && r.bottom <= window.innerHeight; \
                    const at = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2); \
                    return [r.height, r.top, window.innerHeight - r.bottom, !seen || at === e]; })()";
        let button = self.browser.finds(find);
        assert!(button.is_null() || button[3] == true, "something lies over the button: {button}");
        button
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_at_a_telephone_chooses_rates_and_stops_and_to_look_changes_nothing() {
    let Some(browser) = Chromium::start() else { return };
    let house = House::start().await;
    let mut customer = Customer { browser, house: &house, words: &ENGLISH };
    for (words, address, proxied) in
        [(&ENGLISH, "ben@hotel.example", "192.0.2.1"), (&CHINESE, "wangli@chenguang.example", "192.0.2.2")]
    {
        customer.words = words;
        customer.browser.sends("X-Forwarded-For", proxied);
        let unsubscribe = house.link_in_mail(address);
        let id = house.customer(words.language).await;
        let rating = house.rating_link(id);

        customer.looks_at(&unsubscribe, words.unsubscribe, "unsubscribe");
        customer.looks_at(&rating, words.rating, "rating");
        customer.browser.opens(&format!("http://{}{unsubscribe}", house.place));
        customer.browser.follows(".more a");
        let preferences = customer.browser.finds("location.pathname").as_str().unwrap().to_owned();
        customer.looks_at(&preferences, words.preferences, "preferences");
        assert_eq!(house.said(id).await, (Vec::new(), Vec::new()), "to look changes nothing");

        customer.browser.clicks("input[name=news]");
        customer.browser.follows("button");
        customer.sees(words.preferences, "preferences-saved");
        assert_eq!(customer.browser.finds("document.querySelector('.saved').textContent"), words.saved);
        let news = ("news".to_owned(), "granted".to_owned());
        assert_eq!(house.said(id).await.0, std::slice::from_ref(&news));

        customer.browser.opens(&format!("http://{}{rating}", house.place));
        customer.browser.clicks(".stars label:nth-child(4)");
        customer.browser.types("textarea", words.comment);
        customer.sees(words.rating, "rating-filled");
        customer.browser.follows("button");
        customer.sees(words.rated, "rated");
        assert_eq!(house.said(id).await.1, [(Some(4), words.comment.to_owned())]);

        customer.browser.opens(&format!("http://{}{unsubscribe}", house.place));
        customer.browser.follows("button");
        customer.sees(words.unsubscribed, "unsubscribed");
        let nothing = ("automatic".to_owned(), "denied".to_owned());
        assert_eq!(house.said(id).await.0, [news, nothing]);
    }
    drop(customer);
    house.store.close().await;
    assert!(house.running.terminate().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_at_a_telephone_fills_a_form_in_and_is_told_at_the_field_what_is_wrong() {
    let Some(browser) = Chromium::start() else { return };
    let house = House::start().await;
    let mut visitor = Customer { browser, house: &house, words: &ENGLISH };
    for (words, language, title, thanks, name, message) in [
        (&ENGLISH, "en", "Write to us", "Thank you!", "Petra Novak", "What would 20 filters cost us?"),
        (&CHINESE, "zh-CN", "联系我们", "谢谢您！", "陈静", "请问六台净水器多少钱？请报价。"),
    ] {
        visitor.words = words;
        visitor.browser.sends("Accept-Language", language);
        for (width, height) in [DESK, TELEPHONE] {
            for dark in [true, false] {
                visitor.browser.looks(Look { width, height, dark });
                visitor.browser.opens(&format!("http://{}/form/contact", house.place));
                visitor.reads(title, &format!("form.{width}.{}", if dark { "dark" } else { "light" }));
            }
        }
        // What the browser itself would keep back is sent: the page must be as clear.
        visitor.browser.finds("document.querySelector('form').noValidate = true");
        visitor.browser.types("input[name=name]", name);
        visitor.browser.types("input[name=email]", "petra@cafe");
        visitor.browser.types("textarea", message);
        visitor.browser.follows("button");
        // A browser notes every answer that is no success.
        let noted = visitor.browser.complaints();
        assert!(noted.iter().all(|line| line.contains("status of 422")), "{noted:?}");
        visitor.reads(title, "form-wrong");
        let field = "document.querySelector('[aria-invalid=true]').name";
        assert_eq!(visitor.browser.finds(field), "email");
        assert_eq!(visitor.browser.finds("document.querySelector('textarea').value"), message);

        visitor.browser.finds("document.querySelector('input[name=email]').value = ''");
        visitor.browser.types("input[name=email]", &format!("petra.{language}@cafe.example"));
        visitor.browser.follows("button");
        visitor.reads(thanks, "form-thanks");
    }
    let names = ["Petra Novak", "陈静"];
    let all = house.store.list(Kind::Customer, &Filter::default()).await.unwrap();
    let new: Vec<&str> = all.iter().map(|c| c.text("name")).filter(|name| names.contains(name)).collect();
    assert_eq!(new.len(), 2, "{new:?}");
    drop(visitor);
    house.store.close().await;
    assert!(house.running.terminate().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_that_checks_the_pages_tells_of_what_a_policy_keeps_out() {
    let Some(mut browser) = Chromium::start() else { return };
    let house = House::start().await;
    browser.opens(&format!("http://{}{}", house.place, house.link_in_mail("ben@hotel.example")));
    assert_eq!(browser.complaints(), Vec::<String>::new());
    browser.finds("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')");
    let complaints = browser.complaints();
    assert!(complaints.iter().any(|said| said.contains("Content Security Policy")), "{complaints:?}");
}
