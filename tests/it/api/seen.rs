//! The documentation as people see it, and the tour of the README as it is typed.

use std::path::Path;
use std::process::Command;

use rapport_model::Kind;

use super::House;
use crate::support::{Chromium, Look};

const SIZES: [(u32, u32); 2] = [(1200, 800), (390, 664)];
/// What a thumb can hit, in CSS pixels.
const ROW_MIN: f64 = 44.0;

#[tokio::test(flavor = "multi_thread")]
async fn the_documentation_is_read_on_a_desk_and_on_a_telephone() {
    let Some(mut browser) = Chromium::start() else { return };
    let house = House::start().await;
    let page = format!("http://{}/api", house.browser.place);
    for (width, height) in SIZES {
        for dark in [true, false] {
            browser.looks(Look { width, height, dark });
            browser.opens(&page);
            let shoot = |browser: &mut Chromium, what: &str| {
                if let Ok(dir) = std::env::var("RAPPORT_TEST_SCREENSHOTS") {
                    let name = format!("api-{what}.{width}.{}.png", if dark { "dark" } else { "light" });
                    browser.shoots(&Path::new(&dir).join(name));
                }
            };
            shoot(&mut browser, "top");
            assert_eq!(
                browser.finds("document.querySelector('h1').textContent"),
                "API of Brightwater Filters"
            );
            browser.clicks("#create_customer summary");
            let open = browser.finds("document.querySelector('#create_customer').open");
            assert_eq!(open, true, "an operation opens without a script");
            browser.finds("document.querySelector('#create_customer').scrollIntoView()");
            shoot(&mut browser, "operation");
            browser.finds("document.querySelector('#type-Customer').scrollIntoView()");
            shoot(&mut browser, "type");
            let overhang = browser.finds("document.scrollingElement.scrollWidth - window.innerWidth");
            assert!(overhang.as_i64().unwrap() <= 0, "{width}: scrolls sideways by {overhang}");
            let low = "Math.min(...[...document.querySelectorAll('summary, nav a')].map(e => e.getBoundingClientRect().height))";
            assert!(browser.finds(low).as_f64().unwrap() >= ROW_MIN, "{width}: a row is low");
            let broken = "[...document.querySelectorAll('a[href^=\"#\"]')].filter(a => !document.getElementById(a.hash.slice(1))).length";
            assert_eq!(browser.finds(broken), 0, "links that lead nowhere");
            assert_eq!(browser.complaints(), Vec::<String>::new(), "{width}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_of_the_readme_can_be_typed() {
    if !Command::new("curl").arg("--version").output().is_ok_and(|output| output.status.success()) {
        eprintln!("left out: no curl on this machine");
        return;
    }
    let readme = include_str!("../../../README.md");
    let (_, section) = readme.split_once("### Ask it from other programs").unwrap();
    let (_, tour) = section.split_once("```sh\n").unwrap();
    let (tour, _) = tour.split_once("```").unwrap();
    // Where it is and by which token is told from outside.
    let typed: Vec<&str> =
        tour.lines().filter(|line| !line.starts_with("API=") && !line.starts_with("TOKEN=")).collect();
    assert_eq!(typed.len(), tour.lines().count() - 2);
    let house = House::start().await;
    let secret = house.secret("mia").await;
    let mut shell = Command::new("bash");
    shell.args(["-euc", &typed.join("\n")]);
    shell.env("API", format!("http://{}/api/v1", house.browser.place)).env("TOKEN", secret);
    let output = tokio::task::spawn_blocking(move || shell.output().unwrap()).await.unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said} {}", String::from_utf8_lossy(&output.stderr));
    let answers: Vec<&str> = said.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(answers.len(), typed.iter().filter(|line| line.starts_with("api ")).count(), "{said}");
    assert!(answers.iter().all(|answer| serde_json::from_str::<serde_json::Value>(answer).is_ok()), "{said}");
    for kind in [Kind::Customer, Kind::Deal, Kind::Task] {
        assert_eq!(house.app.all(kind).await.len(), 1, "{kind}");
    }
    house.app.app.settle().await.unwrap();
}
