//! The pages in a real browser, on a telephone and on a desk: nothing fails or is kept out, nothing hangs over,
//! all can be read and reached by keys. With a directory in `RAPPORT_TEST_SCREENSHOTS`, what was seen is kept there.

use std::path::Path;

use super::{House, PAGES};
use crate::support::{Chromium, Look};

const TELEPHONE: (u32, u32) = (390, 844);
const DESK: (u32, u32) = (1200, 900);
/// As in a browser on the machine itself: it takes no cookie for HTTPS alone.
const HERE: [(&str, &str); 2] =
    [("RAPPORT__HTTP__LISTEN", "127.0.0.1:0"), ("RAPPORT__HTTP__PUBLIC_URL", "http://127.0.0.1:8080")];
/// Letters need this contrast with their ground, and large ones that (WCAG 2.2, 1.4.3).
const CONTRAST: f64 = 4.5;
const CONTRAST_LARGE: f64 = 3.0;

/// Returns the words that stand out too little from their ground: each with its contrast.
const PALE: &str = r#"((least, least_large) => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    const d = canvas.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255];
  };
  const over = (a, b) => [0, 1, 2].map((i) => a[i] * a[3] + b[i] * (1 - a[3])).concat([1]);
  const light = (c) => {
    const [r, g, b] = c.slice(0, 3).map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
    const dark = matchMedia('(prefers-color-scheme: dark)').matches;
    return layers.reverse().reduce((below, layer) => over(layer, below), dark ? [18, 18, 18, 1] : [255, 255, 255, 1]);
  };
  const pale = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim();
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    if (!text || box.width < 2 || style.visibility === 'hidden' || style.display === 'none' || e.closest('.skip')) continue;
    const below = ground(e), [a, b] = [light(over(rgba(style.color), below)), light(below)].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05), px = parseFloat(style.fontSize);
    const large = px >= 24 || (px >= 18.66 && parseInt(style.fontWeight) >= 700);
    if (contrast < (large ? least_large : least)) pale.push(`${contrast.toFixed(2)} ${text.slice(0, 40)}`);
  }
  return pale;
})"#;

/// Returns what stands out over the right edge.
const OVERHANG: &str = r#"(() => {
  const wide = document.documentElement.clientWidth;
  const over = [...document.body.querySelectorAll('*')].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width > 1 && !e.closest('.skip') && (box.right > wide + 0.5 || box.left < -0.5) && getComputedStyle(e).clipPath === 'none' && !e.closest('thead');
  });
  return over.map((e) => `${e.tagName} ${e.className} ${e.textContent.trim().slice(0, 30)}`).slice(0, 5);
})()"#;

/// Numbers what can be gone to, and says how many there are.
const REACHABLE: &str = r#"(() => {
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea')];
  all.forEach((e, n) => { e.dataset.n = n; });
  return all.length;
})()"#;

/// Says where the keys are, and whether that can be seen.
const FOCUSED: &str = r#"(() => {
  const e = document.activeElement;
  if (!e || e === document.body || e.dataset.n === undefined) return null;
  const after = getComputedStyle(e, '::after').outlineStyle, style = getComputedStyle(e);
  const box = e.getBoundingClientRect();
  const shown = (style.outlineStyle !== 'none' && style.outlineStyle !== '') || after === 'solid';
  return [Number(e.dataset.n), shown && box.width > 0, e.textContent.trim() || e.name];
})()"#;

struct Reader<'a> {
    browser: Chromium,
    house: &'a House,
}

impl Reader<'_> {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.house.browser.place)
    }

    /// Opens a page in a size and colour, and finds it in order.
    fn looks_at(&mut self, path: &str, name: &str, (width, height): (u32, u32), dark: bool) {
        self.browser.looks(Look { width, height, dark });
        let url = self.url(path);
        self.browser.opens(&url);
        self.finds_in_order(&format!("{name}.{width}.{}", if dark { "dark" } else { "light" }));
    }

    fn finds_in_order(&mut self, name: &str) {
        if let Ok(dir) = std::env::var("RAPPORT_TEST_SCREENSHOTS") {
            self.browser.shoots_all(&Path::new(&dir).join(format!("desk.{name}.png")));
        }
        assert_eq!(self.browser.complaints(), Vec::<String>::new(), "{name}");
        assert_eq!(self.browser.finds(OVERHANG), serde_json::json!([]), "{name} hangs over");
        let pale = self.browser.finds(&format!("{PALE}({CONTRAST}, {CONTRAST_LARGE})"));
        assert_eq!(pale, serde_json::json!([]), "{name} is pale");
    }

    /// Goes through the whole page by the tabulator, and reaches everything, in its order.
    fn tabs_through(&mut self, name: &str) {
        let n = self.browser.finds(REACHABLE).as_u64().unwrap();
        assert!(n > 0, "{name}");
        for at in 0..n {
            self.browser.presses_tab();
            let focused = self.browser.finds(FOCUSED);
            // A field for a day has parts of its own.
            let mut tries = 0;
            let mut focused = focused;
            while focused[0].as_u64() != Some(at) && tries < 8 {
                self.browser.presses_tab();
                focused = self.browser.finds(FOCUSED);
                tries += 1;
            }
            assert_eq!(focused[0].as_u64(), Some(at), "{name}: {focused}");
            assert_eq!(focused[1], true, "{name}: where the keys are must be seen: {focused}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_in_order_on_a_telephone_and_on_a_desk_and_is_used_by_keys() {
    let Some(browser) = Chromium::start() else { return };
    let house = House::start_set(&HERE).await;
    house.lives().await;
    house.gives_up().await;
    let sent = house.sends_digest("ruth").await;
    let mut reader = Reader { browser, house: &house };

    for size in [DESK, TELEPHONE] {
        reader.looks_at("/desk/login", "login", size, false);
    }
    reader.tabs_through("login");
    let link = house.link("ruth").await;
    for size in [DESK, TELEPHONE] {
        reader.looks_at(&link, "link", size, false);
    }
    reader.tabs_through("link");
    // The button of the link lets in; the cookie is the browser's own matter.
    reader.browser.follows("main button");
    assert_eq!(reader.browser.finds("location.pathname"), "/desk");
    assert_eq!(reader.browser.finds("document.cookie"), "", "no script could read it");
    reader.finds_in_order("in.390.light");

    let mut pages: Vec<(String, String)> = PAGES
        .iter()
        .map(|path| {
            let name = path.trim_start_matches("/desk").replace('/', "-");
            (
                (*path).to_owned(),
                if name.is_empty() { "overview".into() } else { name.trim_start_matches('-').to_owned() },
            )
        })
        .collect();
    pages.push(("/desk/record/C6".into(), "hostile".into()));
    pages.push(("/desk/record/T1".into(), "ticket".into()));
    pages.push(("/desk/audit?who=mia".into(), "audit-of-mia".into()));
    pages.push(("/desk/digests/now/7".into(), "digest-now".into()));
    pages.push((format!("/desk/digests/sent/{sent}"), "digest-sent".into()));
    for (path, name) in &pages {
        reader.looks_at(path, name, DESK, false);
        reader.looks_at(path, name, TELEPHONE, false);
        reader.tabs_through(name);
        reader.looks_at(path, name, TELEPHONE, true);
    }
    // The first key of a page leads past its places.
    reader.looks_at("/desk", "overview", DESK, true);
    reader.browser.presses_tab();
    assert_eq!(reader.browser.finds("document.activeElement.className"), "skip");
    assert!(
        reader.browser.finds("document.activeElement.getBoundingClientRect().top").as_f64().unwrap() >= 0.0
    );

    // Out by the button, and the page is gone.
    let url = reader.url("/desk");
    reader.browser.opens(&url);
    reader.browser.follows("header button");
    assert_eq!(reader.browser.finds("location.pathname"), "/desk/login");
    reader.finds_in_order("out.1200.dark");
    reader.browser.opens(&url);
    assert_eq!(reader.browser.finds("location.pathname"), "/desk/login");

    // In Chinese.
    let link = house.link("leo").await;
    reader.looks_at(&link, "link.zh", TELEPHONE, false);
    reader.browser.follows("main button");
    for (path, name) in
        [("/desk", "overview.zh"), ("/desk/inbox", "inbox.zh"), ("/desk/record/C3", "customer.zh")]
    {
        reader.looks_at(path, name, TELEPHONE, false);
        reader.looks_at(path, name, DESK, false);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looked_at_whom_is_told_to_managers_who_see_all() {
    let house = House::with_life().await;
    let mia = house.comes("mia").await;
    assert_eq!(house.sees(&mia, "/desk/record/C1").await.status, 200);
    assert!(!house.sees(&mia, "/desk/audit").await.body.contains("Who looked at whom"));
    house.says("mia", "show C2").await;
    house.app.settle().await;
    let ruth = house.comes("ruth").await;
    let rows = |body: String| {
        let (_, rest) = body.split_once("Who looked at whom").unwrap();
        let (rows, _) = rest.split_once("Who signed in here").unwrap();
        (rows.contains("C1 "), rows.contains("C2 "))
    };
    for (path, expected) in [
        ("/desk/audit", (true, true)),
        ("/desk/audit?who=mia", (true, true)),
        ("/desk/audit?who=leo", (false, false)),
        ("/desk/audit?of=C2", (false, true)),
        ("/desk/audit?of=c1&who=mia", (true, false)),
        ("/desk/audit?of=C999", (false, false)),
        ("/desk/audit?of=%3Cscript%3E", (false, false)),
        ("/desk/audit?to=2020-01-01", (false, false)),
    ] {
        assert_eq!(rows(house.sees(&ruth, path).await.body), expected, "{path}");
    }
}
