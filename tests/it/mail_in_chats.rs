//! From a customer's mail to a colleague's chat and back, through a real mail server.

use rapport_model::Timestamp;
use tempfile::TempDir;
use tokio::time::Instant;

use crate::mail::{OURS, header, house, until};
use crate::support::Where::{Direct, Hidden, Public};
use crate::support::{BotApi, DiscordApi, Mail, MailServer, Running, rules_without_schedules};

/// Ruth's account in Telegram, Sam's in Discord, and the group and the channel of their team.
const RUTH: i64 = 1_001;
const SAM: i64 = 1_002;
const GROUP: i64 = -500;
const CHANNEL: i64 = 7_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_a_card_in_both_chats_and_what_is_typed_to_it_answers_the_customer() {
    let Some(server) = MailServer::start() else { return };
    let (telegram, discord) = (BotApi::start().await, DiscordApi::start().await);
    let dir = TempDir::new().unwrap();
    let program = house(dir.path(), &server, "Brightwater", OURS, rules_without_schedules());
    let config = dir.path().join("rapport.toml");
    let team = "users = [\n\
                    { handle = 'ruth', name = 'Ruth Stein', role = 'rep', team = 'service' },\n\
                    { handle = 'sam', name = 'Sam Lee', role = 'rep', team = 'service' },\n\
                ]\n\
                telegram = { teams = { service = -500 } }\n\
                discord = { teams = { service = 7000 } }\n";
    let text = std::fs::read_to_string(&config).unwrap();
    let with_team = text.replacen("[mail.support]\n", "[mail.support]\nteam = 'service'\n", 1);
    assert_ne!(text, with_team);
    std::fs::write(&config, team.to_owned() + &with_team).unwrap();
    let program = program.with(telegram.environment()).with(discord.environment());
    let running = Running::start(&program, &["--json", "run"]);

    let code = |who: &str| program.json(&["--json", "user", "add", who])["code"].as_str().unwrap().to_owned();
    telegram.says(RUTH, &format!("/start {}", code("ruth")));
    telegram.sees(RUTH, "Ruth Stein").await;
    discord.says(SAM, &format!("/link {}", code("sam")));
    discord.sees(Direct(SAM), "Sam Lee").await;

    let at = Timestamp::parse("2026-11-20T09:00:00Z").unwrap();
    let began = Instant::now();
    for (name, address) in [("Ann Novak", "ann@novak-cafe.example"), ("Bob Reed", "bob@reed.example")] {
        let mail = Mail::from(&format!("{name} <{address}>")).id(&format!("m1-{address}"));
        let mail = mail.says("Pump", "The pump leaks again and there is no water. Please repair it today!");
        server.sends(address, OURS, &mail.bytes(at));
    }
    let anns = telegram.sees(RUTH, "Ann Novak: Pump").await;
    let bobs = discord.sees(Direct(SAM), "Bob Reed: Pump").await;
    telegram.sees(RUTH, "Bob Reed: Pump").await;
    discord.sees(Direct(SAM), "Ann Novak: Pump").await;
    println!("two mails were cards in both chats after {:.2} s", began.elapsed().as_secs_f64());

    // The team sees that something came, and not from whom or what.
    for all in [telegram.chat(GROUP), discord.shown(Public(CHANNEL))] {
        assert_eq!(all.len(), 2);
        assert!(all.iter().all(|card| card.says("New mail to support") && card.says("Claim")), "{all:#?}");
        assert!(!format!("{all:?}").contains("Pump") && !format!("{all:?}").contains("Ann"), "{all:#?}");
    }
    let card = telegram.chat(GROUP).remove(0);
    telegram.presses_in(GROUP, RUTH, &card, "Claim");
    telegram.sees(RUTH, "is yours").await;
    let claimed = telegram.sees(GROUP, "Ruth Stein looks after it").await;
    assert!((claimed.id, claimed.edits) == (card.id, 1) && !claimed.says("Claim"), "{claimed:?}");
    discord.sees(Public(CHANNEL), "Ruth Stein looks after it").await;
    let card = discord.shown(Public(CHANNEL)).into_iter().find(|card| card.says("Claim")).unwrap();
    discord.presses(SAM, Public(CHANNEL), &card, "Show");
    discord.sees(Hidden(SAM), "no water").await;

    telegram.answers(RUTH, anns.id, "We come at four.");
    let draft = telegram.sees(RUTH, "We come at four.").await;
    telegram.presses(RUTH, &draft, "Send");
    discord.answers(SAM, bobs.id, "We come at five.");
    let draft = discord.sees(Direct(SAM), "We come at five.").await;
    discord.presses(SAM, Direct(SAM), &draft, "Send");
    // It can be held back for a while.
    let mut answers = Vec::new();
    for (address, words) in [("ann@novak-cafe.example", "at four"), ("bob@reed.example", "at five")] {
        let answer = until("the answer arrives", || server.mails_of(address).into_iter().next());
        assert_eq!(header(&answer, "In-Reply-To"), Some(&format!("<m1-{address}>")[..]), "{answer}");
        assert!(header(&answer, "Subject").is_some_and(|subject| subject.starts_with("Re: Pump [T")));
        assert!(answer.contains(words), "{answer}");
        answers.push(header(&answer, "Message-ID").unwrap().trim_matches(['<', '>']).to_owned());
    }

    // What she answers stands under her card.
    let began = Instant::now();
    let thanks = Mail::from("Ann Novak <ann@novak-cafe.example>").id("m2").answers(&answers[0]);
    server.sends("ann@novak-cafe.example", OURS, &thanks.says("Re: Pump", "Four is fine, thanks!").bytes(at));
    let under = telegram.sees(RUTH, "Four is fine").await;
    assert_eq!(under.under, Some(anns.id));
    println!("her answer stood under the card after {:.2} s", began.elapsed().as_secs_f64());
    // She is Ruth's by now: Sam sees only in the channel that something came.
    discord.until(Public(CHANNEL), "has a card of it", |all| all.len() == 3).await;
    assert!(discord.shown(Direct(SAM)).iter().all(|shown| !shown.says("Four is fine")));
    assert!(running.terminate().success());
}
