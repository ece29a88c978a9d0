//! The register of processing: made from what is stored and from the configuration, in both languages.

use crate::campaigns::Seat;
use crate::support::{TestApp, rules_without_schedules};

async fn house() -> TestApp {
    let set = [
        ("RAPPORT__RETENTION", "{ messages = '24 months', tickets = '90 days' }"),
        ("RAPPORT__PRIVACY__CONTACT", "privacy@brightwater.example"),
        ("RAPPORT__PRIVACY__PURPOSE__MAIL", "To help with filters"),
        ("RAPPORT__PRIVACY__BASIS__MAIL", "legitimate_interest"),
        ("RAPPORT__LLM__URL", "http://127.0.0.1:9/v1/secret-path"),
        ("RAPPORT__LLM__MODEL", "test-model"),
    ];
    TestApp::start_set(Some(rules_without_schedules()), &set).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_what_is_kept_why_for_how_long_and_where_it_goes() {
    let app = house().await;
    let seen = Seat::of(&app, "ruth").types("privacy register").await;
    for part in [
        "Register of processing",
        "Brightwater Filters, as of",
        "Questions and requests go to privacy@brightwater.example.",
        "Why: To help with filters",
        "Legal basis: legitimate interest, GDPR article 6(1)(f)",
        "Encrypted with the person’s key: subject",
        "3 colleagues see everybody’s",
        "mails: 24 months",
        "closed tickets: 90 days",
        "longer, as the law wants of books: amount",
        "127.0.0.1, model test-model",
        "A file in the data directory",
    ] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    assert!(!seen.contains("secret-path"), "an address may hold a secret: {seen}");
    assert!(Seat::of(&app, "mia").types("privacy register").await.contains("manager"));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_as_good_in_chinese() {
    let app = house().await;
    let mut ruth = Seat::of(&app, "ruth");
    ruth.types("lang zh").await;
    let seen = ruth.types("隐私 登记册").await;
    for part in
        ["个人信息处理登记册", "法律依据", "邮件：24 个月", "3 位同事可看到全部", "本机数据目录中的文件"]
    {
        assert!(seen.contains(part), "{part}: {seen}");
    }
}
